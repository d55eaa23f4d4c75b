import type { Database } from '../../db/database.ts'
import { genesis, type Link, verify } from '../chain.ts'
import { type Checkpoint, isSigned, type Signer } from '../checkpoint.ts'
import { chainAfter } from '../store.ts'
import { type ChainState, chainStates, insertCheckpoint, listCheckpoints } from './store.ts'

type Log = (fields: object, message: string) => void
export type KeeperDeps = {
  readonly system: Database['system']
  readonly signerOf: (organizationId: string) => Signer
  readonly now: () => number
  readonly log: { readonly info: Log; readonly error: Log }
}
export type CheckpointKeeper = {
  /** Signs what is due: every thousand events, and each hour what there is. */
  readonly run: (isStopping: () => boolean) => Promise<void>
  /** Signs all that there is. */
  readonly finish: () => Promise<void>
}

const everyEvents = 1000
const everyMs = 3_600_000
const perPage = 200

/** What this process knows of a chain: nobody who writes to the store can take it back. */
type Known = { last: Checkpoint | null; alarmedAt: number | null }

/**
 * Writes checkpoints. Each is signed only after the chain was followed to it from the one before, so what somebody has
 * rewritten is never signed; and each goes to the log, which is a copy outside the store.
 */
export function createCheckpointKeeper(deps: KeeperDeps): CheckpointKeeper {
  const chains = new Map<string, Known>()
  const signAll = async (isDue: IsDue, isStopping: () => boolean) => {
    for (const chain of await deps.system.read(chainStates)) {
      if (isStopping()) return
      const known = chains.get(chain.organization) ?? { last: null, alarmedAt: null }
      chains.set(chain.organization, known)
      if (isLost(chain, known) || isDue(chain, known)) await follow(deps, chain, known, { isDue, isStopping })
    }
  }
  const isNews: IsDue = ({ seq, signedUpTo }) => seq > signedUpTo
  const isOld = ({ last }: Known) => last === null || deps.now() - Date.parse(last.at) >= everyMs
  return {
    run: (isStopping) =>
      signAll(
        (chain, known) => isNews(chain, known) && (isOld(known) || chain.seq - chain.signedUpTo >= everyEvents),
        isStopping,
      ),
    finish: () => signAll(isNews, () => false),
  }
}

type IsDue = (chain: ChainState, known: Known) => boolean
type Way = { readonly isDue: IsDue; readonly isStopping: () => boolean }

/** Events or checkpoints are not there any more. */
const isLost = ({ seq, signedUpTo }: ChainState, { last }: Known): boolean =>
  seq < signedUpTo || seq < (last?.seq ?? 0) || signedUpTo < (last?.seq ?? 0)

async function follow(deps: KeeperDeps, chain: ChainState, known: Known, { isDue, isStopping }: Way): Promise<void> {
  const begun = await beginning(deps, chain, known)
  // Another control may have signed since this one did.
  if (begun === null || !isDue(chain, known)) return
  let link: Link = begun
  for (let isMore = true; isMore && !isStopping(); ) {
    const from = link
    const events = await deps.system.read((db) => chainAfter(db, chain.organization, from.seq, perPage))
    const verified = verify(events, link)
    if (!verified.ok) return alarm(deps, chain, known, { seq: verified.seq, because: verified.because })
    link = verified.head
    isMore = events.length === perPage
    const signedUpTo = known.last?.seq ?? 0
    if (link.seq > signedUpTo && (!isMore || link.seq - signedUpTo >= everyEvents)) await sign(deps, chain, known, link)
  }
}

/** Where to follow the chain from: what was signed last, by the store or by what this process still knows. */
async function beginning(deps: KeeperDeps, chain: ChainState, known: Known): Promise<Link | null> {
  const { organization } = chain
  const [stored] = await deps.system.read((db) => listCheckpoints(db, organization, null, 1))
  if (stored && !(stored.signingKey === deps.signerOf(organization).publicKey && isSigned(stored)))
    return alarmed(deps, chain, known, { seq: stored.seq, because: 'a checkpoint that was not signed here' })
  const { last } = known
  if (last && last.seq > (stored?.seq ?? 0)) {
    // What was signed was signed, and the store has to say so again.
    await deps.system.transaction((db) => insertCheckpoint(db, last))
    alarm(deps, chain, known, { seq: last.seq, because: 'a checkpoint was removed' })
  } else known.last = stored ?? null
  if (known.last && known.last.seq > chain.seq)
    return alarmed(deps, chain, known, { seq: chain.seq + 1, because: 'cut off' })
  return known.last ?? genesis
}

async function sign(deps: KeeperDeps, { organization }: ChainState, known: Known, { seq, hash }: Link): Promise<void> {
  const at = new Date(deps.now()).toISOString()
  const checkpoint = deps.signerOf(organization).sign({ organization, seq, hash, at })
  await deps.system.transaction((db) => insertCheckpoint(db, checkpoint))
  known.last = checkpoint
  deps.log.info({ checkpoint }, 'audit checkpoint')
}

type Trouble = { readonly seq: number; readonly because: string }

/** Once an hour, for as long as it lasts. */
function alarm({ log, now }: KeeperDeps, { organization }: ChainState, known: Known, trouble: Trouble): void {
  if (known.alarmedAt !== null && now() - known.alarmedAt < everyMs) return
  known.alarmedAt = now()
  log.error({ organization, ...trouble }, 'the audit log was tampered with: see `ostiary audit verify`')
}

function alarmed(...trouble: Parameters<typeof alarm>): null {
  alarm(...trouble)
  return null
}
