import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { compute } from "../../examples/browser/pipeline.ts"
import { serve } from "../../examples/browser/serve.ts"
import { typescript } from "../../src/Backend.ts"
import { wasm } from "../backends.ts"

const chromium = process.env["HEDDLE_CHROMIUM"] ?? "chromium"

/** The page's document after its script has run. */
const documentOf = async (url: string): Promise<string> => {
  const profile = mkdtempSync(join(tmpdir(), "heddle-chromium-"))
  const child = spawn(
    chromium,
    [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      `--user-data-dir=${profile}`,
      "--virtual-time-budget=60000",
      "--dump-dom",
      url,
    ],
    { stdio: ["ignore", "pipe", "ignore"], timeout: 120_000 },
  )
  let text = ""
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
  await new Promise((resolve) => child.on("close", resolve))
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  return text
}

it("a page in Chromium computes top-hat, labels and skeleton as Node does, and as the reference does", async () => {
  const { server, url } = await serve()
  try {
    const page = await documentOf(url)
    const [, json = ""] = /<pre id="result">([^<]*)<\/pre>/.exec(page) ?? []
    const { result } = await compute(wasm)
    expect(JSON.parse(json)).toEqual(result)
    const reference = await compute(typescript)
    expect({ ...reference.result, backend: "wasm" }).toEqual(result)
    expect(result.objects).toBeGreaterThan(10)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})
