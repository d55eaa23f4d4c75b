import type { Db } from '../db/database.ts'
import { replaceBlobs, type VersionPlace, versionsOfProject } from './store.ts'
import { placeOf, type Vault } from './vault.ts'

const perPage = 500

/**
 * The credentials of a project go with it to another tier: each version is bound to the tier, and opens nowhere else.
 * One that does not open where it stands was damaged before and stays as it is. Whoever calls it holds the project.
 */
export const moveCredentials =
  (vault: Pick<Vault, 'moveTexts'>) =>
  async (db: Db, organizationId: string, projectId: string, from: string, to: string): Promise<void> => {
    let after: VersionPlace | null = null
    for (;;) {
      const page = await versionsOfProject(db, organizationId, projectId, after, perPage)
      const moves = page.map(({ credentialId, version, blob }) => ({
        blob,
        from: placeOf(credentialId, version, from),
        to: placeOf(credentialId, version, to),
      }))
      const blobs = await vault.moveTexts(db, organizationId, moves)
      await replaceBlobs(
        db,
        organizationId,
        page.flatMap((version, i) => {
          const blob = blobs[i]
          return blob == null ? [] : [{ ...version, blob }]
        }),
      )
      after = page.at(-1) ?? null
      if (page.length < perPage) return
    }
  }
