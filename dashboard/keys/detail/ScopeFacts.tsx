import type { ReactNode } from 'react'
import type { Choice, KeyView } from '../../../src/keys/schema.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { FactsPart } from './FactsPart.tsx'
import { texts } from './texts.data.ts'
import type { Refs } from './useKey.ts'

const t = translator(texts)

/** What the key itself was given; what is left of it now says the part about effective access. */
export function ScopeFacts({ of: key, refs }: { readonly of: KeyView; readonly refs: Refs }) {
  const { projects, mcp, llm, addresses, gateways, mixedEnvironments, allServersReason } = key
  const names = (ids: readonly string[]) => ids.map((id) => refs[id]?.name ?? id).join(', ')
  const said = (choice: Choice) => choiceWords(choice, names)
  return (
    <FactsPart
      title={t('scope')}
      of={[
        [t('projects'), projects.length === 0 ? t('none') : <Data key="projects">{names(projects)}</Data>],
        [t('mcp'), mcp.enabled ? said(mcp.servers) : t('off')],
        [t('llm'), llm.enabled ? said(llm.providers) : t('off')],
        llm.enabled ? [t('models'), said(llm.models)] : null,
        [
          t('addresses'),
          addresses.mode === 'any' ? t('anyAddress') : <Data key="cidrs">{addresses.cidrs.join(', ')}</Data>,
        ],
        [t('gateways'), said(gateways)],
        mixedEnvironments === null ? null : [t('mixed'), <Data key="mixed">{mixedEnvironments}</Data>],
        allServersReason === null ? null : [t('allServersBecause'), <Data key="all">{allServersReason}</Data>],
      ]}
    />
  )
}

function choiceWords(choice: Choice, names: (ids: readonly string[]) => string): ReactNode {
  if (choice.mode === 'all') return t('all')
  if (choice.mode === 'none') return t('none')
  if (choice.mode === 'except') return t('allBut', { names: names(choice.items) })
  return choice.items.length === 0 ? t('none') : <Data>{names(choice.items)}</Data>
}
