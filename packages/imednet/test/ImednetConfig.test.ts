import { assert, describe, it } from "@effect/vitest"
import * as Secrets from "@heddle/core/Secrets"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import * as ImednetConfig from "../src/ImednetConfig.ts"

const keys = { apiKey: "KEY-1234", securityKey: "SEC-5678" }

describe("ImednetConfig", () => {
  it("a trailing slash and one trailing /api go", () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["https://h.example", "https://h.example"],
      ["https://h.example/", "https://h.example"],
      ["https://h.example/api", "https://h.example"],
      ["https://h.example/api/", "https://h.example"],
      [" https://h.example/x/api// ", "https://h.example/x"],
      ["https://h.example/api/api", "https://h.example/api"],
    ]
    for (const [text, expected] of cases) assert.strictEqual(ImednetConfig.normalizeBaseUrl(text), expected)
  })

  it.effect(
    "the defaults are the vendor's host, 10 requests a second with a burst of 20, three retries, pages of 500",
    () =>
      Effect.gen(function* () {
        const config = yield* ImednetConfig.make(keys)
        assert.deepInclude(config, {
          baseUrl: "https://edc.prod.imednetapi.com",
          rate: { perSecond: 10, burst: 20 },
          pageSize: 500,
          strict: false,
        })
        assert.deepInclude(config.retry, { retriesMax: 3, retryAfterCapMs: 60_000 })
      }),
  )

  it.effect("credentials are trimmed, registered as secrets, and never shown", () =>
    Effect.gen(function* () {
      const secrets = Secrets.make()
      const config = yield* ImednetConfig.make({
        apiKey: "  KEY-1234\n",
        securityKey: Redacted.make(" SEC-5678 "),
      }).pipe(Effect.provideService(Secrets.Secrets, secrets))
      assert.strictEqual(Redacted.value(config.apiKey), "KEY-1234")
      assert.strictEqual(secrets.redact("KEY-1234 SEC-5678"), "<redacted> <redacted>")
      assert.notMatch(JSON.stringify(config) + String(config.apiKey), /KEY-1234|SEC-5678/)
    }),
  )

  it.effect("what makes no sense is refused with the setting's name", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [Partial<ImednetConfig.ImednetOptions>, string]> = [
        [{ apiKey: " " }, "IMEDNET_API_KEY"],
        [{ securityKey: "" }, "IMEDNET_SECURITY_KEY"],
        [{ apiKey: "a\r\nx-evil: 1" }, "IMEDNET_API_KEY"],
        [{ baseUrl: "edc.example" }, "IMEDNET_BASE_URL"],
        [{ baseUrl: "ftp://edc.example" }, "IMEDNET_BASE_URL"],
        [{ baseUrl: "https://user:secret@edc.example" }, "IMEDNET_BASE_URL"],
        [{ baseUrl: "https://edc.example?x=1" }, "IMEDNET_BASE_URL"],
        [{ pageSize: 501 }, "pageSize"],
        [{ pagesMax: 0 }, "pagesMax"],
        [{ rate: { perSecond: 0 } }, "rate.perSecond"],
        [{ rate: { burst: 0 } }, "rate.burst"],
        [{ retry: { retriesMax: 1.5 } }, "retry.retriesMax"],
        [{ requestTimeoutMs: Number.NaN }, "requestTimeoutMs"],
      ]
      for (const [options, setting] of cases) {
        const error = yield* Effect.flip(ImednetConfig.make({ ...keys, ...options }))
        assert.deepInclude(error.reason, { _tag: "InvalidConfig", setting })
        assert.strictEqual(error.exitCode, 2)
        assert.notInclude(error.message, "secret")
      }
    }),
  )

  it.effect("the environment gives credentials and address; a blank address is none", () =>
    Effect.gen(function* () {
      const read = (env: { readonly [name: string]: string }) =>
        ImednetConfig.ImednetConfig.pipe(
          Effect.provide(
            ImednetConfig.ImednetConfig.layerEnv({ pageSize: 100 }).pipe(
              Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(env))),
            ),
          ),
        )
      const env = { IMEDNET_API_KEY: "KEY-1234", IMEDNET_SECURITY_KEY: "SEC-5678" }
      assert.strictEqual(
        (yield* read({ ...env, IMEDNET_BASE_URL: "http://127.0.0.1:1/api/" })).baseUrl,
        "http://127.0.0.1:1",
      )
      const config = yield* read({ ...env, IMEDNET_BASE_URL: " " })
      assert.strictEqual(config.baseUrl, ImednetConfig.baseUrlDefault)
      assert.strictEqual(config.pageSize, 100)
      const error = yield* Effect.flip(read({ IMEDNET_API_KEY: "KEY-1234" }))
      assert.deepInclude(error.reason, { setting: "IMEDNET_SECURITY_KEY" })
    }),
  )
})
