/** Ready views: a name, and what stands in the address. Whatever else filters is taken out. */
export const views = [
  { name: 'viewAll', state: {} },
  { name: 'viewMine', state: { owner: 'me' } },
  { name: 'viewExpiring', state: { expiring: '30', sort: 'expiresAt' } },
  { name: 'viewUnused', state: { unused: '30', sort: 'lastUsedAt' } },
  { name: 'viewNeverUsed', state: { sort: 'lastUsedAt' } },
  { name: 'viewBusy', state: { sort: '-requests' } },
  { name: 'viewOld', state: { sort: 'createdAt', cols: 'name,owner,key,status,age,lastUsed,created,requests' } },
  { name: 'viewInactive', state: { status: 'inactive' } },
  { name: 'viewRevoked', state: { status: 'revoked' } },
] as const
