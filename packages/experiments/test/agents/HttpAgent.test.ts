import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Effect, Fiber } from "effect"
import { FetchHttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import * as HttpAgent from "../../src/agents/HttpAgent.ts"
import { runStudy } from "../../src/StudyRunner.ts"
import { studyOf } from "../runStudies.ts"

const study = studyOf(1, { agentSpecs: ["endpoint"], problemIds: ["p"] })

/** A server of Node's own on a free port of this machine. */
const serve = (answer: (request: IncomingMessage, body: string, response: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
      const server = createServer((request, response) => {
        let body = ""
        request.on("data", (chunk) => (body += String(chunk)))
        request.on("end", () => answer(request, body, response))
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const close = () => {
          server.closeAllConnections()
          server.close()
        }
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}/run`, close }))
      })
    }),
    ({ close }) => Effect.sync(close),
  )

const call = (url: string, options: Partial<HttpAgent.HttpAgentOptions> = {}) =>
  Effect.gen(function* () {
    const endpoint = yield* HttpAgent.make({ url, version: "1", ...options })
    const { results } = yield* runStudy(study, {
      agentBindings: { endpoint },
      problemRegistry: { p: { brief: "a task" } },
    })
    return results[0]
  }).pipe(Effect.provide([FetchHttpClient.layer, LedgerMemory.layer()]))

describe("an endpoint as an agent", () => {
  it.live("gets the run as JSON, and its answer is the result", () =>
    Effect.gen(function* () {
      let sent = ""
      let credentials: string | undefined
      const { url } = yield* serve((request, body, response) => {
        sent = body
        credentials = request.headers.authorization
        response.end(JSON.stringify({ output: { answer: 42 }, metrics: { cost_usd: 0.5 } }))
      })
      const result = yield* call(url, { headers: { authorization: "Bearer secret-token" } })
      expect(result).toMatchObject({ status: "success", costUsd: 0.5, outputs: new Map([["answer", 42]]) })
      expect(JSON.parse(sent)).toMatchObject({
        run_id: result?.runId,
        seed: result?.runSpec.seed,
        factors: { x: 1 },
        problem: { brief: "a task" },
      })
      expect(credentials).toBe("Bearer secret-token")
      expect(JSON.stringify([...(result?.provenanceInfo ?? [])])).not.toContain("secret-token")
    }).pipe(Effect.scoped),
  )

  it.live("fails with its status and the beginning of what it says", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((_, __, response) => {
        response.statusCode = 418
        response.end("I am a teapot")
      })
      expect((yield* call(url))?.errorInfo).toBe("HttpStatus418: status 418: I am a teapot")
    }).pipe(Effect.scoped),
  )

  it.live("fails where the answer is no JSON, or larger than may be", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((_, __, response) => response.end("x".repeat(5_000)))
      expect((yield* call(url))?.errorInfo).toContain("HttpAnswerInvalid")
      expect((yield* call(url, { answerBytesMax: 1_000 }))?.errorInfo).toContain("HttpAnswerTooLarge")
    }).pipe(Effect.scoped),
  )

  it.live("a connection that was never made costs nothing, and says why", () =>
    Effect.gen(function* () {
      const { close, url } = yield* serve(() => {})
      close()
      const endpoint = yield* HttpAgent.make({ url, version: "1" })
      const budgets = { study: { costUsd: 1, tokens: 100 }, perRun: { costUsd: 0.3, tokens: 10 } }
      const capped = studyOf(2, { agentSpecs: ["endpoint"], problemIds: ["p"], heddle: { budgets } })
      const { receipt, results } = yield* runStudy(capped, {
        agentBindings: { endpoint },
        problemRegistry: { p: { brief: "a task" } },
      })
      expect(results.map(({ errorInfo }) => errorInfo?.startsWith("HttpFailed: connection refused: "))).toEqual([
        true,
        true,
      ])
      expect(receipt?.budgets).toMatchObject([
        { name: "cost_usd", spent: 0 },
        { name: "tokens", spent: 0 },
      ])
    }).pipe(Effect.provide([FetchHttpClient.layer, LedgerMemory.layer()]), Effect.scoped),
  )

  it.live("fails where it cannot be reached", () =>
    Effect.gen(function* () {
      const { close, url } = yield* serve(() => {})
      close()
      expect((yield* call(url))?.errorInfo).toMatch(/^HttpFailed: .*ECONNREFUSED/)
    }).pipe(Effect.scoped),
  )

  it.live("that asks for a pause is called again after it", () =>
    Effect.gen(function* () {
      let calls = 0
      const { url } = yield* serve((_, __, response) => {
        calls++
        if (calls === 1) {
          response.statusCode = 429
          response.setHeader("retry-after", "0")
        }
        response.end(JSON.stringify({ output: { calls } }))
      })
      expect((yield* call(url))?.outputs).toEqual(new Map([["calls", 2]]))
    }).pipe(Effect.scoped),
  )

  it.live("that asks for pauses without end fails with its status", () =>
    Effect.gen(function* () {
      let calls = 0
      const { url } = yield* serve((_, __, response) => {
        calls++
        response.statusCode = 503
        response.setHeader("retry-after", "0")
        response.end("busy")
      })
      expect((yield* call(url))?.errorInfo).toContain("HttpStatus503")
      expect(calls).toBe(HttpAgent.pausesMax + 1)
    }).pipe(Effect.scoped),
  )

  it.effect("that does not answer runs out of time", () =>
    Effect.gen(function* () {
      const { url } = yield* serve(() => {})
      const fiber = yield* Effect.forkChild(call(url, { timeoutMs: 30_000 }))
      yield* TestClock.withLive(Effect.sleep("50 millis"))
      yield* TestClock.adjust("30 seconds")
      expect((yield* Fiber.join(fiber))?.errorInfo).toBe("HttpTimedOut: no answer within 30000 ms")
    }).pipe(Effect.scoped),
  )
})
