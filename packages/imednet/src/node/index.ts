/**
 * The iMednet client on Node: an HTTP client over undici with a bounded pool of connections. Aborting a request closes
 * its socket, redirects are not followed, and no cookie is kept.
 *
 * @layer adapter
 * @module
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import { Imednet } from "../Imednet.ts"
import { ImednetConfig, type ImednetOptions } from "../ImednetConfig.ts"
import type { ImednetError } from "../ImednetError.ts"

/** Connections to one server at most. */
export const connectionsMax = 32
/** Time to establish a connection, in milliseconds. */
export const connectTimeoutMs = 10_000

/** An HttpClient for Node. Requests beyond the bound of connections wait for a free one. @category layers */
export const layerHttp: Layer.Layer<HttpClient.HttpClient> = Layer.provide(
  NodeHttpClient.layerUndiciNoDispatcher,
  NodeHttpClient.layerDispatcherOptions({
    connections: connectionsMax,
    pipelining: 1,
    connect: { timeout: connectTimeoutMs },
  }),
)

/** The client with given options. Fails with `InvalidConfig` that names the setting. @category layers */
export const layer = (options: ImednetOptions): Layer.Layer<Imednet, ImednetError> =>
  Imednet.layer.pipe(Layer.provide([ImednetConfig.layer(options), layerHttp]))

/**
 * The client with credentials and address from `IMEDNET_API_KEY`, `IMEDNET_SECURITY_KEY`, `IMEDNET_BASE_URL`. Fails with
 * `InvalidConfig` that names the one that is missing or wrong.
 *
 * @category layers
 */
export const layerEnv = (
  options: Omit<ImednetOptions, "apiKey" | "securityKey"> = {},
): Layer.Layer<Imednet, ImednetError> => Imednet.layer.pipe(Layer.provide([ImednetConfig.layerEnv(options), layerHttp]))
