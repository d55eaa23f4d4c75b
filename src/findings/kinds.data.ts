import type { FindingKind } from './schema.ts'

type Words = {
  readonly title: string
  /** What its fix does, for a button; `bulk`: for many. */
  readonly fix: string
  readonly bulk: string
}

export const words: Readonly<Record<FindingKind, Words>> = {
  key_seen_in_browser: {
    title: 'A browser has called with this key',
    fix: 'Rotate, the old secret lives for a day',
    bulk: 'Rotate all, the old secrets live for a day',
  },
  old_secret_in_use: {
    title: 'The old secret is still in use',
    fix: 'End the old secret now',
    bulk: 'End the old secrets now',
  },
  rotation_due: {
    title: 'Rotation is due',
    fix: 'Rotate, the old secret lives for a day',
    bulk: 'Rotate all, the old secrets live for a day',
  },
  many_clients: {
    title: 'Several programs share this key',
    fix: 'Make a second key with the same rights',
    bulk: 'Make a second key of each',
  },
  unused_key: { title: 'Nobody uses this key', fix: 'Suspend', bulk: 'Suspend all' },
  unused_project: {
    title: 'It has projects that it does not use',
    fix: 'Take these projects from the key',
    bulk: 'Take unused projects from all',
  },
  all_servers: {
    title: 'It may call every server',
    fix: 'Leave it the servers that it uses',
    bulk: 'Leave each the servers that it uses',
  },
  no_cap: {
    title: 'It has no limit and no budget',
    fix: 'Limit it to 600 requests a minute',
    bulk: 'Limit each to 600 requests a minute',
  },
  never_expires: { title: 'It never expires', fix: 'Let it expire', bulk: 'Let all expire' },
}
