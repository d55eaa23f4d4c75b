import { Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ServerView } from '../../../src/servers/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { FormDialog } from '../../ui/Dialog.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import type { ChangedServer } from '../answers.ts'
import { written } from '../hidden-characters.ts'
import { texts } from '../texts.data.ts'

const t = translator(texts)

type Props = {
  readonly server: ServerView
  /** Its name, or `*` for every other one. */
  readonly tool: string
  readonly onClose: () => void
}

/** What a call of one tool costs, with the other prices as they are. */
export function PriceOfTool({ server: { id, revision, toolPrices }, tool, onClose }: Props) {
  const [usd, setUsd] = useState(toolPrices[tool] ?? '')
  const { change, isRunning, refusal } = useChange({
    run: (price: string) =>
      ask<ChangedServer>(`PATCH /servers/${id}`, {
        body: { toolPrices: withPrice(toolPrices, tool, price) },
        revision,
      }),
    refreshes: ['servers'],
    said: t('priceSaved'),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('priceTitle')}
      onClose={onClose}
      submit={t('save')}
      onSubmit={() => void change(usd.trim())}
      isRunning={isRunning}
      refusal={refusal}
    >
      <Text size="sm">
        {t('priceOf')}: {tool === '*' ? t('otherTools') : <Data>{written(tool)}</Data>}
      </Text>
      <TextInput
        label={t('priceUsd')}
        description={t(tool === '*' ? 'priceOtherHint' : 'priceHint')}
        placeholder="0.01"
        inputMode="decimal"
        value={usd}
        onChange={(event) => setUsd(event.currentTarget.value)}
        error={fieldError(refusal, '/toolPrices')}
        data-autofocus
      />
    </FormDialog>
  )
}

const withPrice = (prices: ServerView['toolPrices'], tool: string, usd: string): ServerView['toolPrices'] => {
  const others = Object.entries(prices).filter(([name]) => name !== tool)
  return Object.fromEntries(usd === '' ? others : [...others, [tool, usd]])
}
