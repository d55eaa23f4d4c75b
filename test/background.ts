import type { UnsealedRecord } from '../src/fleet/unsealed/schema.ts'

type Of<Kind extends UnsealedRecord['kind']> = Extract<UnsealedRecord, { kind: Kind }>

/**
 * What stands behind the keys and servers that a test names: their owners, their projects, and a catalog `everyone` of
 * all servers. A record that the test has named itself, gone ones included, is the test's from then on; one catalog of
 * its own, and the organization has no `everyone`.
 */
export function createBackground(nextRevision: () => number) {
  const named = new Set<string>()
  const servers = new Map<string, Set<string>>()
  const ownCatalogs = new Set<string>()

  const missing = (record: UnsealedRecord): UnsealedRecord[] => {
    const found: UnsealedRecord[] = []
    const add = (more: UnsealedRecord) => {
      if (named.has(more.id)) return
      named.add(more.id)
      found.push(more)
    }
    const { organization } = record
    if (record.kind === 'key') {
      const owner = ownerOf(record, nextRevision())
      if (owner) add(owner)
      for (const id of record.scope.projects) add(projectOf(organization, id, nextRevision()))
    }
    if (record.kind === 'server') add(projectOf(organization, record.project, nextRevision()))
    return found
  }
  const everyone = (organization: string): Of<'catalog'> => ({
    kind: 'catalog',
    organization,
    id: `cat_${organization.slice(4)}`,
    revision: nextRevision(),
    servers: [...(servers.get(organization) ?? [])],
    providers: [],
    audience: { everyone: true, teams: [], members: [] },
  })

  return (records: readonly UnsealedRecord[]): UnsealedRecord[] => {
    const grown = new Set<string>()
    for (const record of records) {
      named.add(record.id)
      if (record.kind === 'catalog') ownCatalogs.add(record.organization)
      if (record.kind !== 'server') continue
      const known = servers.get(record.organization) ?? new Set()
      if (known.has(record.id)) continue
      servers.set(record.organization, known.add(record.id))
      grown.add(record.organization)
    }
    const catalogs = [...grown].filter((organization) => !ownCatalogs.has(organization)).map(everyone)
    return [...records, ...records.flatMap(missing), ...catalogs]
  }
}

function ownerOf({ organization, owner: { type, id, name } }: Of<'key'>, revision: number): UnsealedRecord | null {
  if (type === 'member') return { kind: 'member', organization, id, revision, name }
  if (type === 'team') return { kind: 'team', organization, id, revision, name, members: [] }
  // Which key an app has and who owns it, only the test can say.
  return null
}

const projectOf = (organization: string, id: string, revision: number): Of<'project'> => ({
  kind: 'project',
  organization,
  id,
  revision,
  slug: id.slice(-8),
  tier: 'development',
})
