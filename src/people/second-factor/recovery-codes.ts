import { hash } from 'node:crypto'

/** Crockford's: no letter that is taken for a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const [count, digits, group] = [10, 16, 4] as const

/** 80 random bits each, in groups that can be read out. */
export const newRecoveryCodes = (randomBytes: (size: number) => Uint8Array): string[] =>
  Array.from({ length: count }, () =>
    Array.from(randomBytes(digits), (byte, at) => {
      const gap = at > 0 && at % group === 0 ? '-' : ''
      return `${gap}${alphabet[byte % alphabet.length]}`
    }).join(''),
  )

/** Nothing that is random needs to be slow to compare; bound to the member, so that a row copied to another is nothing. */
export const recoveryHash = (organizationId: string, memberId: string, code: string): string =>
  hash('sha256', ['ostiary/recovery-code', organizationId, memberId, plain(code)].join('\n'), 'hex')

const plain = (code: string): string =>
  code
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replace(/[IL]/g, '1')
    .replaceAll('O', '0')
