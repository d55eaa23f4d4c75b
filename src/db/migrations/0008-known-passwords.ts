import { columnIn, type DialectName, type Migration } from './dialect.ts'

/**
 * Why: a password that somebody else chose or was shown the link for must not rise with its member, so its row says
 * who may know it. Locks: on PostgreSQL `sign_in_secrets` for a moment (a column without a default). An older program
 * writes none there, which reads as "its owner alone", as it did before.
 */
export const knownPasswords: Migration = {
  name: '0008-known-passwords',
  minProgram: '0.6.0',
  statements: (dialect: DialectName) => [
    columnIn(dialect, 'alter table sign_in_secrets add column password_known_to text'),
  ],
}
