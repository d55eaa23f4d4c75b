import type { Narrow } from '../../../src/access/narrow/schema.ts'
import { translator } from '../../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** In a few words; the whole of it is what POST /access/explain answers for. */
export function NarrowWords({ narrow: { mcp, llm, addresses } }: { readonly narrow: Narrow }) {
  const words = [
    mcp?.enabled === false ? t('noMcp') : null,
    mcp?.servers?.mode === 'only' ? t('narrowServers', { n: mcp.servers.items.length }) : null,
    mcp?.tools || mcp?.toolsDefault ? t('narrowTools') : null,
    llm?.enabled === false ? t('noLlm') : null,
    llm?.models?.mode === 'only' ? t('narrowModels', { n: llm.models.items.length }) : null,
    addresses?.mode === 'only' ? t('narrowAddresses') : null,
  ].filter((word) => word !== null)
  return words.length === 0 ? t('nothingNarrowed') : words.join(', ')
}
