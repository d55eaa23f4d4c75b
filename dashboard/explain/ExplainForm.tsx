import { Autocomplete, Button, Fieldset, Group, SegmentedControl, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { instantOf, localOf } from '../audit/filter.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { EntityPicker } from '../ui/EntityPicker.tsx'
import { type Fields, inputOf } from './question.ts'
import { texts } from './texts.data.ts'
import { useNamed } from './useNamed.ts'

const t = translator(texts)

type Props = {
  readonly fields: Fields
  readonly isAsking: boolean
  readonly onAsk: (fields: Fields) => void
}
const asData = ({ option }: { readonly option: { readonly value: string } }) => <Data>{option.value}</Data>
type Part = { readonly fields: Fields; readonly put: (patch: Partial<Fields>) => void }

export function ExplainForm({ fields: asked, isAsking, onAsk }: Props) {
  const [fields, setFields] = useState(asked)
  const put = (patch: Partial<Fields>) => setFields((before) => ({ ...before, ...patch }))
  const isReady = inputOf(fields) !== null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isReady) onAsk(fields)
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Fieldset legend={t('call')}>
          <Stack gap="sm">
            <EntityPicker
              path="/keys"
              label={t('key')}
              description={t('keyHint')}
              value={fields.key || null}
              onChange={(key) => put({ key: key ?? '' })}
              clearable
            />
            <SegmentedControl
              aria-label={t('kind')}
              value={fields.kind}
              onChange={(kind) => put({ kind })}
              data={[
                { value: 'mcp', label: t('mcp') },
                { value: 'llm', label: t('llm') },
              ]}
              w="fit-content"
            />
            {fields.kind === 'mcp' ? <McpFields fields={fields} put={put} /> : <LlmFields fields={fields} put={put} />}
          </Stack>
        </Fieldset>
        <Circumstances fields={fields} put={put} />
        <Group>
          <Button type="submit" loading={isAsking} disabled={!isReady}>
            {t('ask')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function McpFields({ fields, put }: Part) {
  const { slugs, tools } = useNamed(fields)
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <Autocomplete
        label={t('server')}
        description={t('serverHint')}
        data={slugs}
        value={fields.server}
        onChange={(server) => put({ server })}
        limit={50}
        renderOption={asData}
      />
      <Autocomplete
        label={t('tool')}
        description={t('toolHint')}
        data={tools}
        value={fields.tool}
        onChange={(tool) => put({ tool })}
        limit={50}
        renderOption={asData}
      />
      <TextInput
        label={t('method')}
        description={t('methodHint')}
        value={fields.method}
        onChange={(event) => put({ method: event.currentTarget.value.trim() })}
      />
    </SimpleGrid>
  )
}

function LlmFields({ fields, put }: Part) {
  const { providers, models } = useNamed(fields)
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Autocomplete
        label={t('model')}
        description={t('modelHint')}
        data={models}
        value={fields.model}
        onChange={(model) => put({ model })}
        limit={50}
        renderOption={asData}
      />
      <Autocomplete
        label={t('provider')}
        description={t('providerHint')}
        data={providers}
        value={fields.provider}
        onChange={(provider) => put({ provider })}
        limit={50}
        renderOption={asData}
      />
    </SimpleGrid>
  )
}

function Circumstances({ fields, put }: Part) {
  const may = useMay()
  return (
    <Fieldset legend={t('more')}>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
        <TextInput
          label={t('address')}
          description={t('addressHint')}
          value={fields.address}
          onChange={(event) => put({ address: event.currentTarget.value.trim() })}
        />
        {may('gateways:read') !== 'none' && (
          <EntityPicker
            path="/gateways"
            label={t('gateway')}
            description={t('gatewayHint')}
            value={fields.gateway || null}
            onChange={(gateway) => put({ gateway: gateway ?? '' })}
            clearable
          />
        )}
        <TextInput
          label={t('child')}
          description={t('childHint')}
          value={fields.child}
          onChange={(event) => put({ child: event.currentTarget.value.trim() })}
        />
        <TextInput
          type="datetime-local"
          label={t('at')}
          description={t('atHint')}
          value={localOf(fields.at)}
          onChange={(event) => put({ at: instantOf(event.currentTarget.value) ?? '' })}
        />
      </SimpleGrid>
    </Fieldset>
  )
}
