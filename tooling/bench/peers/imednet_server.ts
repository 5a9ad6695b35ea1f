/**
 * The stand-in of iMednet in a process of its own, so that its work is not counted as ours. Prints its address; ends with
 * its standard input.
 *
 * @layer app
 * @module
 */
import { Server } from "@heddle/imednet/testing"

const server = await Server.start({
  studies: Number(process.argv[2] ?? 10_000),
  entriesMax: 1_000,
  credentials: { apiKey: "KEY-1234", securityKey: "SEC-5678" },
})
process.stdout.write(`${server.baseUrl}\n`)
process.stdin.resume()
process.stdin.on("end", () => {
  void server.close()
})
