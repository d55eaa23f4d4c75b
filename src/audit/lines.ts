/** Lines of a text that comes in pieces. */
export type Lines = {
  /** Those that are whole now. */
  readonly take: (piece: string) => string[]
  /** What has come of a line without its end. */
  readonly rest: () => string
}

export function createLines(): Lines {
  let rest = ''
  return {
    take: (piece) => {
      const parts = `${rest}${piece}`.split('\n')
      rest = parts.pop() ?? ''
      return parts
    },
    rest: () => rest,
  }
}
