import { Autocomplete, Button, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { ExplainInput, Explanation } from '../../../src/access/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { ProblemNote } from '../../ui/ProblemNote.tsx'
import { useChange } from '../../ui/useChange.ts'
import { ExplanationNote } from './ExplanationNote.tsx'
import { texts } from './texts.data.ts'
import { useKeyAccess } from './useKeyAccess.ts'

const t = translator(texts)

type Fields = {
  readonly kind: 'mcp' | 'llm'
  readonly server: string
  readonly tool: string
  readonly model: string
  readonly address: string
}
const empty: Fields = { kind: 'mcp', server: '', tool: '', model: '', address: '' }

const inputOf = (key: string, { kind, server, tool, model, address }: Fields): ExplainInput => ({
  key,
  call: kind === 'mcp' ? { kind, server, ...(tool === '' ? {} : { tool }) } : { kind, model },
  ...(address === '' ? {} : { address }),
})

/** Would this call be admitted, and why? The decision itself is asked; no secret takes part in it. */
export function ExplainCall({ keyId }: { readonly keyId: string }) {
  const [fields, setFields] = useState(empty)
  const [said, setSaid] = useState<Explanation | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (input: ExplainInput) => ask<Explanation>('POST /access/explain', { body: input }),
    refreshes: [],
    done: setSaid,
  })
  const set = (patch: Partial<Fields>) => {
    setSaid(null)
    setFields((before) => ({ ...before, ...patch }))
  }
  const isReady = (fields.kind === 'mcp' ? fields.server : fields.model) !== ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    event.stopPropagation()
    if (isReady && !isRunning) void change(inputOf(keyId, fields))
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('explainAbout')}
        </Text>
        <SegmentedControl
          aria-label={t('kind')}
          value={fields.kind}
          onChange={(kind) => set({ kind: kind === 'llm' ? 'llm' : 'mcp' })}
          data={[
            { value: 'mcp', label: t('kindMcp') },
            { value: 'llm', label: t('kindLlm') },
          ]}
          w="fit-content"
        />
        <CallFields keyId={keyId} fields={fields} set={set} />
        <Group>
          <Button type="submit" variant="default" loading={isRunning} disabled={!isReady}>
            {t('ask')}
          </Button>
        </Group>
        <ProblemNote refusal={refusal} />
        {said && <ExplanationNote explanation={said} />}
      </Stack>
    </form>
  )
}

const written = ({ option }: { readonly option: { readonly value: string } }) => <Data>{option.value}</Data>

type CallProps = {
  readonly keyId: string
  readonly fields: Fields
  readonly set: (patch: Partial<Fields>) => void
}
function CallFields({ keyId, fields, set }: CallProps) {
  const { access, servers } = useKeyAccess(keyId)
  const tools = servers.find(({ slug }) => slug === fields.server)?.toolNames ?? []
  const models = [...new Set(access?.providers.flatMap(({ models: named }) => named))]
  return (
    <Group gap="sm" align="flex-start" grow preventGrowOverflow={false}>
      {fields.kind === 'mcp' ? (
        <>
          <Autocomplete
            label={t('server')}
            description={t('otherServer')}
            value={fields.server}
            onChange={(server) => set({ server, tool: '' })}
            data={servers.map(({ slug }) => slug)}
            renderOption={written}
          />
          <Autocomplete
            label={t('tool')}
            description={t('toolHint')}
            value={fields.tool}
            onChange={(tool) => set({ tool })}
            data={tools}
            renderOption={written}
            limit={50}
          />
        </>
      ) : (
        <Autocomplete
          label={t('model')}
          value={fields.model}
          onChange={(model) => set({ model })}
          data={models}
          renderOption={written}
          limit={50}
        />
      )}
      <TextInput
        label={t('address')}
        description={t('addressHint')}
        value={fields.address}
        onChange={(event) => set({ address: event.currentTarget.value.trim() })}
      />
    </Group>
  )
}
