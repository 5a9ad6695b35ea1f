/**
 * Serves the page of this folder on the loopback, bundled for a browser, until its server is closed:
 * `node examples/browser/serve.ts` prints the address.
 *
 * Threads share memory only where a page is isolated: two headers see to that.
 */
import { readFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const here = new URL("./", import.meta.url)

/** The script of the page, with all kernels in it. */
export const bundle = async (): Promise<string> => {
  const build = await rolldown({ input: fileURLToPath(new URL("page.ts", here)), platform: "browser" })
  const { output } = await build.generate({ format: "esm", minify: true })
  await build.close()
  return output[0].code
}

/** Serves the page; `url` is where. */
export const serve = async (): Promise<{ readonly url: string; readonly server: Server }> => {
  const script = await bundle()
  const page = readFileSync(new URL("index.html", here), "utf8")
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js"
    response.writeHead(isScript || request.url === "/" ? 200 : 404, {
      "content-type": isScript ? "text/javascript" : "text/html; charset=utf-8",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    })
    response.end(isScript ? script : request.url === "/" ? page : "")
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, server }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve()
  process.stdout.write(`${url}\n`)
}
