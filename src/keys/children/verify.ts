import type { KeyObject } from 'node:crypto'
import { compactVerify, errors } from 'jose'
import { type ChildToken, childPrefix } from './token.ts'

/** One algorithm, pinned: what a token says about how it wants to be checked is not asked. */
const options = { algorithms: ['ES256'] }

/** Was it signed with that key? Anything that is no answer to this is an accident of ours, and is thrown. */
export async function isSignedWith(key: KeyObject, { text }: Pick<ChildToken, 'text'>): Promise<boolean> {
  try {
    await compactVerify(text.slice(childPrefix.length), key, options)
    return true
  } catch (error) {
    if (error instanceof errors.JOSEError) return false
    throw error
  }
}
