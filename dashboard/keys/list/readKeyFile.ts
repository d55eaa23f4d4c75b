/** Definitions of a file, or why it holds none. */
export type KeyFile =
  | { readonly keys: readonly unknown[] }
  | { readonly problem: 'badJson' | 'noKeys' | 'tooLarge' }
  | { readonly problem: 'tooMany'; readonly n: number }

/** What one import takes: so many keys, and so many bytes of a call. */
export const keysAtMost = 200
const callAtMost = 1_048_576
/** A file may be laid out for people. What is larger is a picture or a backup, and would stop the page while it is read. */
const fileAtMost = 8 * callAtMost

/** An array of bodies, or what the export has written around it. What is in each is looked at by control. */
export async function readKeyFile(file: Pick<File, 'size' | 'text'>): Promise<KeyFile> {
  if (file.size > fileAtMost) return { problem: 'tooLarge' }
  const keys = definitionsIn(parsed(await file.text()))
  if (keys === 'badJson' || keys === 'noKeys') return { problem: keys }
  if (keys.length > keysAtMost) return { problem: 'tooMany', n: keys.length }
  // What stands around them in the call is short.
  const bytes = new TextEncoder().encode(JSON.stringify(keys)).length + 1024
  return bytes > callAtMost ? { problem: 'tooLarge' } : { keys }
}

const unreadable = Symbol('unreadable')
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return unreadable
  }
}

function definitionsIn(given: unknown): readonly unknown[] | 'badJson' | 'noKeys' {
  if (given === unreadable) return 'badJson'
  const isAround = typeof given === 'object' && given !== null && !Array.isArray(given) && 'keys' in given
  const keys = isAround ? given.keys : given
  return Array.isArray(keys) && keys.length > 0 ? keys : 'noKeys'
}
