import { List, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { Effect } from '../../src/fleet/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ChangeDone } from '../ui/ChangeDone.tsx'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { Data } from '../ui/Data.tsx'
import { useRefresh } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'
import type { UpstreamProps } from './upstream.ts'

const t = translator(texts)

type Props = UpstreamProps & {
  readonly words: Readonly<Record<'title' | 'about' | 'deleted' | 'toList', string>>
  readonly onClose: () => void
  /** Who would lose it. */
  readonly children: ReactNode
}

/** Says who would lose it, and afterwards on how many gateways it is gone. */
export function DeleteUpstream({ kind, of: { id, name, revision }, words, onClose, children }: Props) {
  const navigate = useNavigate()
  const refresh = useRefresh()
  const [effect, setEffect] = useState<Effect | null>(null)
  const leave = async () => {
    await navigate({ to: `/configuration/${kind}` })
    await refresh([kind])
  }
  if (effect)
    return <ChangeDone title={words.deleted} effect={effect} leave={words.toList} onClose={() => void leave()} />
  return (
    <ConfirmChange
      title={words.title}
      text={t('deleteText', { name })}
      submit={t('delete')}
      isDangerous
      run={() => ask<{ readonly effect: Effect }>(`DELETE /${kind}/${id}`, { revision })}
      // Its page is there until the dialog is left: it would be read again, and found no more.
      refreshes={['catalogs']}
      done={(answer) => setEffect(answer.effect)}
      onClose={onClose}
    >
      {children}
      <Text size="sm" c="dimmed">
        {words.about}
      </Text>
    </ConfirmChange>
  )
}

type LosersProps = {
  readonly title: string
  /** The first of them. */
  readonly of: readonly { readonly id: string; readonly name: string }[]
  readonly hasMore: boolean
}

export const Losers = ({ title, of, hasMore }: LosersProps) => (
  <div>
    <Text size="sm" fw={600}>
      {title}
    </Text>
    <List size="sm" mb="xs">
      {of.map(({ id, name }) => (
        <List.Item key={id}>
          <Data>{name}</Data>
        </List.Item>
      ))}
      {hasMore && (
        <List.Item>
          <span aria-hidden>…</span>
        </List.Item>
      )}
    </List>
  </div>
)
