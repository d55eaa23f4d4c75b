import { Alert } from '@mantine/core'
import { useState } from 'react'
import { translator } from '../../texts.ts'
import { FirstLook } from '../../upstreams/FirstLook.tsx'
import { useLook } from '../../upstreams/useLook.ts'
import type { Look, TestedServer } from '../answers.ts'
import { LookTable } from '../LookTable.tsx'
import { ToolNames } from '../ToolNames.tsx'
import { texts } from '../texts.data.ts'

const t = translator(texts)

type Props = { readonly id: string; readonly onAgain: () => void }

/** Right after it was saved: what the gateways see of it, and the tools that it offers. */
export function LookAtServer({ id, onAgain }: Props) {
  const [seen, setSeen] = useState<TestedServer | null>(null)
  const look = useLook('servers', id, setSeen)
  return (
    <FirstLook
      look={look}
      words={{ looking: t('looking'), again: t('testAll'), open: t('openServer') }}
      path={`/configuration/servers/${id}`}
      onAgain={onAgain}
    >
      {seen && <Seen seen={seen} />}
    </FirstLook>
  )
}

function Seen({ seen }: { readonly seen: TestedServer }) {
  const { tools = [] } = seen.results.find(({ state }) => state === 'ready') ?? {}
  const { color, text } = verdictOf(seen.results)
  return (
    <>
      <Alert color={color} title={t(text)} role="status" />
      <LookTable looks={seen.results} />
      {tools.length > 0 && <ToolNames tools={tools} />}
    </>
  )
}

function verdictOf(looks: readonly Look[]) {
  const ready = looks.filter(({ state }) => state === 'ready').length
  if (ready === looks.length) return { color: 'green', text: 'lookedReady' } as const
  return ready > 0
    ? ({ color: 'yellow', text: 'lookedSome' } as const)
    : ({ color: 'red', text: 'lookedNone' } as const)
}
