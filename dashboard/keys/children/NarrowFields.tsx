import { MultiSelect, Stack } from '@mantine/core'
import type { Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { TagsField } from '../../ui/TagsField.tsx'
import { fieldError } from '../../ui/useChange.ts'
import { useKeyAccess } from '../access/useKeyAccess.ts'
import { texts } from './texts.data.ts'
import type { TokenFields } from './tokenInput.ts'

const t = translator(texts)

const written = ({ option }: { readonly option: { readonly label: string } }) => <Data>{option.label}</Data>

type Props = {
  readonly keyId: string
  readonly fields: TokenFields
  readonly set: (patch: Partial<TokenFields>) => void
  readonly refusal: Refusal | null
}

/** Out of what the key may call now: a token never gets more. */
export function NarrowFields({ keyId, fields, set, refusal }: Props) {
  const { access, servers } = useKeyAccess(keyId)
  const models = [...new Set(access?.providers.flatMap(({ models: named }) => named))]
  const chosen = servers.filter(({ id }) => fields.servers.includes(id))
  return (
    <Stack gap="sm">
      <MultiSelect
        label={t('servers')}
        description={t('serversHint')}
        data={servers.map(({ id, label }) => ({ value: id, label }))}
        renderOption={written}
        value={[...fields.servers]}
        onChange={(ids) => set({ servers: ids })}
        searchable
        error={fieldError(refusal, '/narrow/mcp')}
      />
      {chosen.map(({ id, label, toolNames }) => (
        <MultiSelect
          key={id}
          label={t('toolsOf', { name: label })}
          description={t('toolsHint')}
          data={toolNames}
          renderOption={written}
          value={[...(fields.tools[id] ?? [])]}
          onChange={(names) => set({ tools: { ...fields.tools, [id]: names } })}
          searchable
          limit={100}
        />
      ))}
      {models.length > 0 && (
        <MultiSelect
          label={t('models')}
          description={t('modelsHint')}
          data={models}
          renderOption={written}
          value={[...fields.models]}
          onChange={(names) => set({ models: names })}
          searchable
          limit={100}
          error={fieldError(refusal, '/narrow/llm')}
        />
      )}
      <TagsField
        label={t('addresses')}
        description={t('addressesHint')}
        value={[...fields.addresses]}
        onChange={(cidrs) => set({ addresses: cidrs })}
        error={fieldError(refusal, '/narrow/addresses')}
      />
    </Stack>
  )
}
