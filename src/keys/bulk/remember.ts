import type { Db } from '../../db/database.ts'
import type { Directory } from '../directory.ts'

type Look<A extends unknown[], T> = (db: Db, organizationId: string, ...asked: A) => Promise<T>

/** Keys of one import name the same things: each is looked up once, for as long as that import takes. */
export function remembering(directory: Directory): Directory {
  const once = <A extends unknown[], T>(look: Look<A, T>): Look<A, T> => {
    const known = new Map<string, T>()
    return async (db, organizationId, ...asked) => {
      const question = JSON.stringify([organizationId, ...asked])
      const answer = known.get(question)
      if (answer !== undefined) return answer
      const found = await look(db, organizationId, ...asked)
      known.set(question, found)
      return found
    }
  }
  return {
    ...directory,
    servers: once(directory.servers),
    serversIn: once(directory.serversIn),
    providers: once(directory.providers),
    projects: once(directory.projects),
    defaultProject: once(directory.defaultProject),
    gateways: once(directory.gateways),
    owner: once(directory.owner),
    ownersOf: once(directory.ownersOf),
    reachOf: once(directory.reachOf),
    webhook: once(directory.webhook),
    policies: once(directory.policies),
  }
}
