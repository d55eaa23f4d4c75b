import type { Vault } from '../credentials/vault.ts'
import type { Db } from '../db/database.ts'
import { type EncryptedEnv, envsOfProject, replaceEnvs } from './project/store.ts'
import { placeOfEnv } from './secrets.ts'

const perPage = 500

/**
 * The variables of a project's stdio servers go with it to another tier, which they are bound to; their credentials are
 * the vault's own matter (credentials/move.ts). Whoever calls it holds the project, and so does every write of variables.
 * What does not open where it stands was damaged before and stays as it is: the feed withholds that server.
 */
export const moveServerSecrets =
  (vault: Pick<Vault, 'moveTexts'>) =>
  async (db: Db, organizationId: string, projectId: string, from: string, to: string): Promise<void> => {
    let after = ''
    for (;;) {
      const page: EncryptedEnv[] = await envsOfProject(db, organizationId, projectId, after, perPage)
      const moves = page.map(({ id, blob }) => ({ blob, from: placeOfEnv(id, from), to: placeOfEnv(id, to) }))
      const blobs = await vault.moveTexts(db, organizationId, moves)
      await replaceEnvs(
        db,
        organizationId,
        page.flatMap(({ id }, i) => {
          const blob = blobs[i]
          return blob == null ? [] : [{ id, blob }]
        }),
      )
      after = page.at(-1)?.id ?? ''
      if (page.length < perPage) return
    }
  }
