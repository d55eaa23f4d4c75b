import type { World } from './worlds.ts'

/**
 * May this call pass? Written a second time from the words of the promises, as plainly as it can be: loops over plain
 * records, nothing remembered, nothing taken from the program. Where the two disagree, one of them is wrong.
 */
export function naive(world: World): string | null {
  return (
    refusedKey(world) ??
    refusedChild(world) ??
    refusedOwner(world) ??
    refusedPlace(world) ??
    refusedKind(world) ??
    refusedTarget(world) ??
    refusedPart(world)
  )
}

type Word = { readonly mode: string; readonly items?: readonly string[] }

function chosen(word: Word, item: string): boolean {
  if (word.mode === 'all') return true
  let isListed = false
  for (const each of word.items ?? []) if (each === item) isListed = true
  if (word.mode === 'only') return isListed
  if (word.mode === 'except') return !isListed
  return false
}

function refusedKey({ key, now }: World): string | null {
  if (key.state === 'suspended') return 'key_inactive'
  if (key.state === 'revoked' || key.state === 'deleted') return 'key_revoked'
  if (key.expiresAt !== null && now >= key.expiresAt) return 'key_expired'
  return key.honey ? 'key_revoked' : null
}

/** A child ends with what it was made of, and by itself. */
function refusedChild({ key, child, now }: World): string | null {
  if (child === null) return null
  if (child.isRevoked || child.made.epoch !== key.epoch) return 'key_revoked'
  let isAskedByLiveSecret = child.made.version === 0
  for (const { version, validUntil } of key.versions)
    if (version === child.made.version && (validUntil === null || now < validUntil)) isAskedByLiveSecret = true
  if (!isAskedByLiveSecret) return 'key_revoked'
  return now >= child.made.expiresAt ? 'key_expired' : null
}

function refusedOwner({ key, members, teams, apps }: World): string | null {
  let holder = { type: key.owner.type as string, id: key.owner.id }
  let isReplaced = false
  if (holder.type === 'app') {
    let found = null
    for (const app of apps) if (app.id === holder.id) found = app
    if (found === null) return 'key_inactive'
    isReplaced = found.key !== key.id
    holder = found.owner
  }
  let isThere = false
  for (const member of members) if (holder.type === 'member' && member.id === holder.id) isThere = true
  for (const team of teams) if (holder.type === 'team' && team.id === holder.id) isThere = true
  if (!isThere) return 'key_inactive'
  return isReplaced ? 'key_revoked' : null
}

const networks: Readonly<Record<string, (address: string) => boolean>> = {
  '10.0.0.0/8': (address) => address.startsWith('10.'),
  '192.0.2.0/24': (address) => address.startsWith('192.0.2.'),
  '2001:db8::/32': (address) => address.startsWith('2001:db8:'),
  '10.1.2.0/24': (address) => address.startsWith('10.1.2.'),
  '2001:db8::/64': (address) => address.startsWith('2001:db8::'),
}

function refusedPlace({ key, child, gateway, address, projects, mixedEnvironments, rules }: World): string | null {
  const { scope } = key
  if (!chosen(scope.gateways, gateway)) return 'gateway_not_allowed'
  const lists = [scope.addresses]
  for (const narrow of child?.made.narrows ?? []) if (narrow.addresses) lists.push(narrow.addresses)
  let isAnywhere = false
  for (const { id, tier } of projects)
    if (scope.projects.includes(id)) {
      isAnywhere = true
      if (rules) lists.push(rules[tier].addresses)
    }
  if (rules && !isAnywhere) lists.push(rules.otherwise.addresses)
  for (const list of lists) {
    if (list.mode === 'any') continue
    let isInside = false
    for (const cidr of list.cidrs) if (networks[cidr]?.(address)) isInside = true
    if (!isInside) return 'address_not_allowed'
  }
  const home = key.pin?.network ?? null
  if (home !== null && !networks[home]?.(address)) return 'address_not_allowed'
  for (const one of projects)
    for (const other of projects) {
      const areBothNamed = scope.projects.includes(one.id) && scope.projects.includes(other.id)
      const isExcused = mixedEnvironments === 'with-reason' && scope.mixedEnvironments !== null
      if (areBothNamed && one.tier !== other.tier && !isExcused) return 'environment_mixed'
    }
  return null
}

function refusedKind({ key, child, call }: World): string | null {
  if (call.kind === 'mcp' && !key.scope.mcp.enabled) return 'mcp_disabled'
  if (call.kind === 'llm' && !key.scope.llm.enabled) return 'llm_disabled'
  for (const narrow of child?.made.narrows ?? []) {
    if (call.kind === 'mcp' && narrow.mcp?.enabled === false) return 'mcp_disabled'
    if (call.kind === 'llm' && narrow.llm?.enabled === false) return 'llm_disabled'
  }
  return null
}

function refusedTarget(world: World): string | null {
  const { key, child, call, apps, projects } = world
  const isMcp = call.kind === 'mcp'
  const no = isMcp ? 'server_not_allowed' : 'provider_not_allowed'
  const target = isMcp ? call.server : call.provider
  if (target === null) return no
  let isInside = false
  for (const { id } of projects) if (id === target.project && key.scope.projects.includes(id)) isInside = true
  if (!isInside) return no
  const isGranted = granted(world.key.grants, world, target.id) !== null
  if (!isGranted && !chosen(isMcp ? key.scope.mcp.servers : key.scope.llm.providers, target.id)) return no
  for (const narrow of child?.made.narrows ?? []) {
    const word = isMcp ? narrow.mcp?.servers : narrow.llm?.providers
    if (word && !chosen(word, target.id)) return no
  }
  for (const app of apps) {
    if (key.owner.type !== 'app' || key.owner.id !== app.id) continue
    if (app.project !== target.project) return no
    const word = app.tools[target.id] ?? app.toolsDefault
    if (isMcp && !isGranted && (word.mode === 'none' || (word.mode === 'only' && word.items.length === 0))) return no
  }
  return isGranted || grantedToOwner(world, target.id) !== null || reaches(world, target.id) ? null : no
}

/** What grants open there: names, everything, or (null) nothing. */
function granted(grants: World['key']['grants'], { now }: World, target: string): readonly string[] | 'all' | null {
  let names: string[] | null = null
  for (const grant of grants ?? []) {
    if (grant.target !== target) continue
    if (grant.until !== null && grant.until <= now) continue
    if (grant.parts === null) return 'all'
    names = [...(names ?? []), ...grant.parts]
  }
  return names
}

/** Of the member who owns the key, or the app that owns it; a team has none. */
function grantedToOwner(world: World, target: string): readonly string[] | 'all' | null {
  let holder = world.key.owner.id
  for (const app of world.apps)
    if (world.key.owner.type === 'app' && app.id === world.key.owner.id) holder = app.owner.id
  for (const member of world.members) if (member.id === holder) return granted(member.grants, world, target)
  return null
}

/** Is the tool or model open by what is no grant of the key: does the owner have it, and has the key chosen where it is? */
function hasByRights(world: World, target: string, name: string | null): boolean {
  const { mcp, llm } = world.key.scope
  if (!chosen(world.call.kind === 'mcp' ? mcp.servers : llm.providers, target)) return false
  if (reaches(world, target)) return true
  const names = grantedToOwner(world, target)
  return names === 'all' || (names !== null && name !== null && names.includes(name))
}

/** Is there a catalog with it whose audience holds the owner, or the owner of the app that owns the key? */
function reaches({ key, apps, teams, catalogs }: World, target: string): boolean {
  let holder = key.owner.id
  for (const app of apps) if (key.owner.type === 'app' && app.id === key.owner.id) holder = app.owner.id
  for (const catalog of catalogs) {
    if (!catalog.servers.includes(target) && !catalog.providers.includes(target)) continue
    if (catalog.audience.everyone) return true
    for (const member of catalog.audience.members) if (member === holder) return true
    for (const invited of catalog.audience.teams) {
      if (invited === holder) return true
      for (const team of teams) if (team.id === invited && team.members.includes(holder)) return true
    }
  }
  return false
}

function refusedPart(world: World): string | null {
  const { key, child, call, apps } = world
  const narrows = child?.made.narrows ?? []
  if (call.kind === 'llm') {
    const isThere = call.model !== null && call.provider?.models.has(call.model) === true
    if (!isThere || call.provider === null) return 'model_not_allowed'
    const opened = granted(key.grants, world, call.provider.id)
    const isOpened = opened === 'all' || opened?.includes(call.model) === true
    const isOwn = chosen(key.scope.llm.models, call.model) && hasByRights(world, call.provider.id, call.model)
    if (!isOpened && !isOwn) return 'model_not_allowed'
    for (const { llm } of narrows) if (llm?.models && !chosen(llm.models, call.model)) return 'model_not_allowed'
    return null
  }
  if (call.server === null) return null
  const { tools, toolsDefault } = key.scope.mcp
  const opened = granted(key.grants, world, call.server.id)
  if (call.method !== 'tools/call') {
    if (call.method !== 'tasks/list' && call.method !== 'x/unknown') return null
    let isCut = (tools[call.server.id] ?? toolsDefault).mode !== 'all'
    for (const app of apps)
      if (key.owner.type === 'app' && key.owner.id === app.id)
        isCut ||= (app.tools[call.server.id] ?? app.toolsDefault).mode !== 'all'
    const isWhole = reaches(world, call.server.id) || grantedToOwner(world, call.server.id) === 'all'
    isCut ||= !isWhole || !chosen(key.scope.mcp.servers, call.server.id)
    if (opened === 'all') isCut = false
    for (const { mcp } of narrows) {
      const word = mcp?.tools?.[call.server.id] ?? mcp?.toolsDefault
      isCut ||= word !== undefined && word.mode !== 'all'
    }
    return isCut ? 'tool_not_allowed' : null
  }
  if (call.tool === null) return 'tool_not_allowed'
  if (opened !== 'all' && opened?.includes(call.tool) !== true) {
    if (!chosen(tools[call.server.id] ?? toolsDefault, call.tool)) return 'tool_not_allowed'
    for (const app of apps) {
      if (key.owner.type !== 'app' || key.owner.id !== app.id) continue
      if (!chosen(app.tools[call.server.id] ?? app.toolsDefault, call.tool)) return 'tool_not_allowed'
    }
    if (!hasByRights(world, call.server.id, call.tool)) return 'tool_not_allowed'
  }
  for (const { mcp } of narrows) {
    const word = mcp?.tools?.[call.server.id] ?? mcp?.toolsDefault
    if (word && !chosen(word, call.tool)) return 'tool_not_allowed'
  }
  return null
}
