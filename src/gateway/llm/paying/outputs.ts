/** How much output calls of a key to a model have had lately. */
export type Outputs = {
  readonly note: (key: string, model: string, tokens: number) => void
  /** Tokens that four of five calls stay below. */
  readonly p80: (key: string, model: string) => number
}

/** Of which nothing is known. */
export const outputUnknown = 512
/** Before so many calls are seen, what is unknown counts. */
const fewest = 5
/** Where a sketch is halved, so that what was long ago counts less. */
const fullAt = 256
const mostSketches = 20_000
/** Two sizes for each doubling, up to 2^20 tokens. */
const sizes = 42

type Sketch = { readonly counts: Uint8Array; total: number }

/** A few bytes for each pair of key and model; those that were not used for longest are forgotten, many at a time. */
export function createOutputs(most = mostSketches): Outputs {
  let [lately, before] = [new Map<string, Sketch>(), new Map<string, Sketch>()]
  const nameOf = (key: string, model: string): string => `${key} ${model}`
  const sketchOf = (name: string): Sketch => {
    const known = lately.get(name)
    if (known !== undefined) return known
    if (lately.size >= most / 2) [lately, before] = [new Map(), lately]
    const sketch = before.get(name) ?? { counts: new Uint8Array(sizes), total: 0 }
    lately.set(name, sketch)
    return sketch
  }
  return {
    note: (key, model, tokens) => {
      const sketch = sketchOf(nameOf(key, model))
      const size = sizeOf(tokens)
      sketch.counts[size] = (sketch.counts[size] ?? 0) + 1
      sketch.total += 1
      if (sketch.total >= fullAt - 1) halve(sketch)
    },
    p80: (key, model) => {
      const name = nameOf(key, model)
      const sketch = lately.get(name) ?? before.get(name)
      if (sketch === undefined || sketch.total < fewest) return outputUnknown
      const wanted = Math.ceil(sketch.total * 0.8)
      let seen = 0
      for (let size = 0; size < sizes; size += 1) {
        seen += sketch.counts[size] ?? 0
        if (seen >= wanted) return mostOf(size)
      }
      return outputUnknown
    },
  }
}

function halve(sketch: Sketch): void {
  sketch.total = 0
  for (const [size, count] of sketch.counts.entries()) {
    sketch.counts[size] = count >> 1
    sketch.total += count >> 1
  }
}

const sizeOf = (tokens: number): number =>
  Math.min(sizes - 1, Math.max(0, Math.ceil(2 * Math.log2(Math.max(1, tokens)))))
/** The largest number of tokens of that size. */
const mostOf = (size: number): number => Math.floor(2 ** (size / 2))
