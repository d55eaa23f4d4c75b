import { PasswordInput, SimpleGrid, Stack, TextInput } from '@mantine/core'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { fieldError } from '../ui/useChange.ts'
import type { ServerDraft } from './draft.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Slot = Pick<ServerDraft, 'header' | 'template' | 'secret'>
type Props = {
  readonly value: Slot
  readonly onChange: (patch: Partial<Slot>) => void
  readonly refusal: Refusal | null
}

/** The header of a server over HTTP that its secret goes into. */
export function CredentialFields({ value, onChange, refusal }: Props) {
  const rename = (header: string) => {
    const isBearer = header.trim().toLowerCase() === 'authorization'
    // What somebody has written himself stays.
    const isOurs = value.template === 'Bearer {value}' || value.template === '{value}'
    onChange({ header, ...(isOurs ? { template: isBearer ? 'Bearer {value}' : '{value}' } : {}) })
  }
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput
          label={t('header')}
          value={value.header}
          onChange={(event) => rename(event.currentTarget.value)}
          error={fieldError(refusal, '/credential/name')}
          autoComplete="off"
        />
        <TextInput
          label={t('template')}
          description={t('templateHint', { value: '{value}' })}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={value.template}
          onChange={(event) => onChange({ template: event.currentTarget.value })}
          error={fieldError(refusal, '/credential/template')}
          autoComplete="off"
        />
      </SimpleGrid>
      <PasswordInput
        label={t('secret')}
        description={t('secretHint')}
        value={value.secret}
        onChange={(event) => onChange({ secret: event.currentTarget.value })}
        error={fieldError(refusal, '/credential/value')}
        autoComplete="off"
        required
      />
    </Stack>
  )
}
