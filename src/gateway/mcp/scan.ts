/**
 * Takes the secret that a call injected out of the answer to that call. Without a hit not one byte changes, and only
 * the end of a chunk that is the beginning of a secret waits for the next chunk. No form of a secret holds a line end,
 * so nothing ever waits across the boundary of an SSE event.
 */
export type Scanner = {
  /** What may go out now; may be the chunk itself, may be empty. */
  readonly push: (chunk: Buffer) => Buffer
  /** What was still waiting. */
  readonly end: () => Buffer
}

const mark = Buffer.from('[redacted]')
const nothing = Buffer.alloc(0)

export function createScanner(forms: readonly Buffer[]): Scanner {
  let waiting: Buffer = nothing
  return {
    push: (chunk) => {
      const text = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
      const clean: Buffer[] = []
      const rest = takeHits(text, forms, clean)
      const held = beginningAtEnd(rest, forms)
      waiting = held === 0 ? nothing : rest.subarray(rest.length - held)
      const free = held === 0 ? rest : rest.subarray(0, rest.length - held)
      return clean.length === 0 ? free : Buffer.concat([...clean, free])
    },
    end: () => waiting,
  }
}

/** Writes everything up to the last hit into `clean` and returns what follows it. */
function takeHits(text: Buffer, forms: readonly Buffer[], clean: Buffer[]): Buffer {
  let rest = text
  for (;;) {
    const hit = firstHit(rest, forms)
    if (hit === null) return rest
    clean.push(rest.subarray(0, hit.from), mark)
    rest = rest.subarray(hit.to)
  }
}

function firstHit(text: Buffer, forms: readonly Buffer[]): { from: number; to: number } | null {
  let from = -1
  let to = -1
  for (const form of forms) {
    const at = text.indexOf(form)
    if (at === -1) continue
    if (from === -1 || at < from || (at === from && at + form.length > to)) {
      from = at
      to = at + form.length
    }
  }
  return from === -1 ? null : { from, to }
}

/** Length of the longest end of `text` with which some form begins. */
function beginningAtEnd(text: Buffer, forms: readonly Buffer[]): number {
  let longest = 0
  for (const form of forms) {
    const first = form[0] ?? 0
    let at = text.indexOf(first, Math.max(0, text.length - form.length + 1))
    while (at !== -1 && text.length - at > longest) {
      if (form.compare(text, at, text.length, 0, text.length - at) === 0) longest = text.length - at
      else at = text.indexOf(first, at + 1)
    }
  }
  return longest
}

export function redactText(text: string, forms: readonly Buffer[]): string {
  let clean = text
  for (const form of forms) {
    const secret = form.toString('utf8')
    if (clean.includes(secret)) clean = clean.replaceAll(secret, mark.toString())
  }
  return clean
}

/** A "secret" of three characters stands in every second answer; taking it out would break more than it hides. */
const shortest = 4
/** Six characters of base64 are four and a half bytes of the secret. */
const shortestCore = 6

/** Every form in which a server is likely to repeat a secret: as it is, inside JSON, in a URL, inside base64. */
export function formsOf(secret: string): Buffer[] {
  const escaped = JSON.stringify(secret).slice(1, -1)
  // Twice escaped: a tool that answers JSON as text, inside the JSON of the protocol.
  const forms = new Set([secret, escaped, JSON.stringify(escaped).slice(1, -1)])
  // PHP writes `/` as `\/`.
  if (secret.includes('/')) forms.add(JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'))
  const url = encodeURIComponent(secret.toWellFormed())
  forms.add(url)
  forms.add(url.replaceAll(/%[0-9A-F]{2}/g, (escaped) => escaped.toLowerCase()))
  forms.add(new URLSearchParams([['', secret]]).toString().slice(1))
  for (const form of withNumbers(escaped)) forms.add(form).add(JSON.stringify(form).slice(1, -1))
  const plain = [...forms].filter((form) => form.length >= shortest)
  const cores = [0, 1, 2].flatMap((offset) => base64Core(secret, offset)).filter((core) => core.length >= shortestCore)
  return [...new Set([...plain, ...cores])].sort((a, b) => b.length - a.length).map((form) => Buffer.from(form))
}

/** The characters of base64 that depend on the secret alone when `offset` unknown bytes stand before it (as in `user:`). */
function base64Core(secret: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
  const core = bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6))
  return [core, core.replaceAll('+', '-').replaceAll('/', '_'), core.replaceAll('/', '\\/'), ...withNumbers(core)]
}

/**
 * What encoders write as `\u0026` although JSON does not ask for it: `&`, `<`, `>` in Go and Rails, `+` and quotes too in
 * .NET. In either case of letters; nothing where no such character stands in the text. `escaped` is the inside of a
 * JSON string, in which `\"` is one character.
 */
function withNumbers(escaped: string): string[] {
  const writings = ['&<>', `&<>+'"`].flatMap((written) => [
    numbered(escaped, written, (hex) => hex),
    numbered(escaped, written, (hex) => hex.toUpperCase()),
  ])
  return writings.filter((form) => form !== escaped)
}

const numbered = (escaped: string, written: string, inCase: (hex: string) => string): string =>
  escaped.replaceAll(/\\?[&<>+'"]|\\./g, (hit) => {
    const char = hit.slice(-1)
    return written.includes(char) ? `\\u00${inCase(char.charCodeAt(0).toString(16))}` : hit
  })
