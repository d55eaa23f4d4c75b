import { List, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { ConfirmDialog } from '../../ui/Dialog.tsx'
import { useChange } from '../../ui/useChange.ts'
import { actOnMany, type Outcomes } from './actOnMany.ts'
import { BulkFields, type BulkInput } from './BulkFields.tsx'
import { BulkResults } from './BulkResults.tsx'
import { type BulkAction, bulkActions, typedWords } from './bulk.data.ts'
import { texts } from './texts.data.ts'
import type { Chosen } from './useChosen.ts'

const t = translator(texts)

type Props = {
  readonly action: BulkAction
  readonly chosen: Chosen
  readonly onClose: (isDone: boolean) => void
}
const nothing: BulkInput = { reason: '', tags: [], expiresIn: '90d' }

/** What cannot be taken back asks for a typed word; afterwards it says what became of each. */
export function BulkDialog({ action, chosen, onClose }: Props) {
  // The selection is gone when they are deleted; what was done was done with these.
  const [keys] = useState(chosen)
  const [input, setInput] = useState(nothing)
  const [isMissing, setMissing] = useState(false)
  const [outcomes, setOutcomes] = useState<Outcomes | null>(null)
  const { change, isRunning, refusal } = useChange({ run: actOnMany, refreshes: ['keys'], done: setOutcomes })
  const { title, text, button, isDangerous } = bulkActions.find(({ id }) => id === action) ?? bulkActions[0]
  const heading = t(title, { n: keys.size })
  if (outcomes)
    return <BulkResults title={heading} keys={keys} action={action} outcomes={outcomes} onClose={() => onClose(true)} />
  const submit = () => {
    const isUnsaid = action === 'tag' && input.tags.length === 0
    setMissing(isUnsaid)
    if (!isUnsaid) void change({ action, keys: [...keys.keys()], ...input })
  }
  return (
    <ConfirmDialog
      title={heading}
      text={t(text)}
      submit={t(button)}
      onSubmit={submit}
      onClose={() => onClose(false)}
      isRunning={isRunning}
      refusal={refusal}
      isDangerous={isDangerous}
      {...(action === 'revoke' || action === 'delete' ? { typed: t(typedWords[action]) } : {})}
    >
      <Names keys={keys} />
      <BulkFields action={action} input={input} onChange={setInput} isMissing={isMissing} refusal={refusal} />
    </ConfirmDialog>
  )
}

const namedAtMost = 8
const Names = ({ keys }: { readonly keys: Chosen }) => (
  <Stack gap={2}>
    <List size="sm" aria-label={t('namesLabel')}>
      {[...keys].slice(0, namedAtMost).map(([id, name]) => (
        <List.Item key={id}>
          <Data>{name}</Data>
        </List.Item>
      ))}
    </List>
    {keys.size > namedAtMost && (
      <Text size="sm" c="dimmed">
        {t('andMore', { n: keys.size - namedAtMost })}
      </Text>
    )}
  </Stack>
)
