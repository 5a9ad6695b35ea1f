/**
 * `@heddle/imednet`: the iMednet REST client as Effect services. Platform-free; the Node layers are in
 * `@heddle/imednet/node`, the layers for studies in `@heddle/imednet/studies`.
 *
 * @layer logic
 * @module
 */
export * as Drift from "./Drift.ts"
export * as Filter from "./Filter.ts"
export { Imednet, type ImednetShape, type ListEndpoint, type ListOptions, type Page } from "./Imednet.ts"
export { ImednetConfig, type ImednetConfigShape, type ImednetOptions } from "./ImednetConfig.ts"
export { ImednetError, type ImednetReason } from "./ImednetError.ts"
export * as Instant from "./Instant.ts"
export * as Jobs from "./Jobs.ts"
export * as Model from "./Model.ts"
export * as Models from "./Models.ts"
export * as Resource from "./Resource.ts"
export * as Write from "./Write.ts"
