/**
 * The SDK's own types with the words of its enums in their place: an enum cannot be named without loading the SDK, and
 * the words are what goes over the wire.
 */
export type Worded<T> = T extends string
  ? `${T}`
  : T extends readonly (infer Each)[]
    ? Worded<Each>[]
    : T extends object
      ? { [Key in keyof T]: Worded<T[Key]> }
      : T;
