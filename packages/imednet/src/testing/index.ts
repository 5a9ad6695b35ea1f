/**
 * A faithful server of the iMednet API for tests, demonstrations and rehearsals. It shares no code with the client.
 *
 * - `ImednetServer`: the server as a layer; `Server.start` is the same for programs without Effect.
 * - `FakeImednet`: the demo's twelve studies and its fault script.
 * - `Faults`, `FaultFile`: fault scripts as data and as JSON files.
 * - `Scripted`: a tiny server with exact bodies per route, for acceptance tests.
 * - `Generator`: the seeded study data behind it; `Wire`: what the documentation says of every list.
 *
 * @layer adapter
 * @module
 */
export * as Api from "./Api.ts"
export * as FakeImednet from "./FakeImednet.ts"
export * as Faults from "./Faults.ts"
export * as FaultFile from "./FaultFile.ts"
export * as Generator from "./Generator.ts"
export { ImednetServer, type ImednetServerShape, ServerStartError } from "./ImednetServer.ts"
export * as RequestLog from "./RequestLog.ts"
export * as Scripted from "./Scripted.ts"
export * as Server from "./Server.ts"
export * as Wire from "./Wire.ts"
