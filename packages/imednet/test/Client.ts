/** The client as the tests use it: the spec's credentials, a base delay of 10 ms, and no rate in the way. */
import type { Imednet } from "../src/Imednet.ts"
import type { ImednetOptions } from "../src/ImednetConfig.ts"
import { layer } from "../src/node/index.ts"
import type { Layer } from "effect"
import type { ImednetError } from "../src/ImednetError.ts"

export const client = (baseUrl: string, options: Partial<ImednetOptions> = {}): Layer.Layer<Imednet, ImednetError> =>
  layer({
    baseUrl,
    apiKey: "KEY-1234",
    securityKey: "SEC-5678",
    rate: { perSecond: 10_000, burst: 10_000 },
    ...options,
    retry: { baseDelayMs: 10, ...options.retry },
  })
