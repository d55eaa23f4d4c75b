import { ActionIcon, Alert, Card, Group, Select, Stack, Text } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { Choice, ToolChoices } from '../../src/keys/schema.ts'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { fieldError } from '../ui/useChange.ts'
import { isNothing } from './choices.ts'
import { ToolsOfServer } from './ToolsOfServer.tsx'
import { texts } from './texts.data.ts'
import { useReachableServers } from './useReachableServers.ts'

const t = translator(texts)

export type ToolValues = { readonly tools: ToolChoices; readonly toolsDefault: Choice }
export const noTools: ToolValues = { tools: {}, toolsDefault: { mode: 'none' } }

type Props = {
  readonly values: ToolValues
  readonly onChange: (values: ToolValues) => void
  readonly refusal: Refusal | null
}

/** By server: which of its tools. A server that is not named gets what is said for those. */
export function ToolsFields({ values, onChange, refusal }: Props) {
  const { servers, nameOf, toolsOf } = useReachableServers()
  const { tools, toolsDefault } = values
  const named = Object.entries(tools)
  const free = servers.filter(({ id }) => !Object.hasOwn(tools, id))
  const put = (id: string, choice: Choice) => onChange({ ...values, tools: { ...tools, [id]: choice } })
  const remove = (id: string) =>
    onChange({ ...values, tools: Object.fromEntries(named.filter(([each]) => each !== id)) })
  return (
    <Stack gap="sm" role="group" aria-label={t('tools')}>
      {isNothing(toolsDefault) && named.every(([, choice]) => isNothing(choice)) && (
        <Alert color="yellow">{t('mayNothing')}</Alert>
      )}
      {named.map(([id, choice]) => (
        <Card key={id} withBorder padding="sm">
          <Group justify="space-between" wrap="nowrap" mb={4}>
            <Text fw={600} size="sm">
              <Data>{nameOf(id)}</Data>
            </Text>
            <ActionIcon aria-label={t('removeServer', { name: nameOf(id) })} onClick={() => remove(id)}>
              <IconX size={16} />
            </ActionIcon>
          </Group>
          <ToolsOfServer
            label={t('which', { name: nameOf(id) })}
            value={choice}
            known={toolsOf(id)}
            onChange={(said) => put(id, said)}
            error={fieldError(refusal, `/tools/${id}`)}
          />
        </Card>
      ))}
      <Select
        label={t('addServer')}
        description={t('addServerHint')}
        searchable
        data={free.map(({ id, name }) => ({ value: id, label: name }))}
        value={null}
        onChange={(id) => {
          if (id !== null) put(id, { mode: 'all' })
        }}
        renderOption={({ option }) => <Data>{option.label}</Data>}
      />
      <ToolsOfServer
        label={t('later')}
        description={t('laterHint')}
        value={toolsDefault}
        known={[]}
        onChange={(said) => onChange({ ...values, toolsDefault: said })}
        error={fieldError(refusal, '/toolsDefault')}
      />
    </Stack>
  )
}
