import type { BudgetDeps } from '../budgets/deps.ts'
import type { Directory } from '../keys/directory.ts'
import { ownersWithin } from '../keys/owner.ts'

/** What budgets ask of other domains. */
export const budgetLinks = (
  directory: Pick<Directory, 'owner' | 'owners' | 'ownersOf' | 'projects'>,
): Pick<BudgetDeps, 'ownerOf' | 'projects' | 'owners' | 'ownersWithin'> => ({
  ownerOf: directory.owner,
  projects: directory.projects,
  owners: directory.owners,
  ownersWithin: (db, actor) => ownersWithin(directory, db, actor, 'budgets:read'),
})
