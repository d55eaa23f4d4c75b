import type { TextPlace, Vault } from '../credentials/vault.ts'
import type { Db } from '../db/database.ts'
import type { Project } from '../projects/store.ts'
import { Secret } from '../secret.ts'
import type { PlannedCredential } from './plan.ts'

type Writing = {
  readonly vault: Pick<Vault, 'storeStatic' | 'encryptText'>
  readonly newId: (prefix: string) => string
}

/** Where the variables of a server are encrypted to: its row, and the environment of its project. */
export const placeOfEnv = (serverId: string, tier: string): TextPlace => ({
  purpose: 'server-env',
  subject: serverId,
  version: 1,
  environment: tier,
})

export const encryptEnv = async (
  deps: Writing,
  db: Db,
  organizationId: string,
  server: { readonly id: string; readonly tier: string },
  variables: Readonly<Record<string, string>>,
): Promise<string | null> => {
  if (Object.keys(variables).length === 0) return null
  const text = new Secret(JSON.stringify(variables), 'server environment')
  return deps.vault.encryptText(db, organizationId, placeOfEnv(server.id, server.tier), text)
}

/** A static value gets a credential object of its own; a new value is a new one, and the old goes. */
export const storeCredential = async (
  deps: Writing,
  db: Db,
  organizationId: string,
  project: Project,
  { value }: PlannedCredential,
  now: number,
): Promise<string> => {
  const id = deps.newId('crd')
  const slug = `static-${id.slice(4).toLowerCase()}`
  await deps.vault.storeStatic(db, organizationId, {
    id,
    slug,
    projectId: project.id,
    value,
    now,
  })
  return id
}
