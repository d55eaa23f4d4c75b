import { Fieldset, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import type { Missing } from '../answers.ts'
import { texts } from '../texts.data.ts'

const t = translator(texts)

type Values = Readonly<Record<string, string>>
type Props = {
  readonly missing: readonly Missing[]
  readonly values: Values
  readonly onChange: (values: Values) => void
}

/** What a document asks for without saying it, secrets among it. */
export function MissingValues({ missing, values, onChange }: Props) {
  // What has been given is asked for no more, and must stay where it was typed.
  const given = Object.keys(values).filter((name) => !missing.some((one) => one.name === name))
  const asked: readonly Missing[] = [...missing, ...given.map((name) => ({ name, secret: true }))]
  if (asked.length === 0) return null
  return (
    <Fieldset legend={t('missingTitle')}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('missingText')}
        </Text>
        {asked.map(({ name, secret, description }) => {
          const Field = secret ? PasswordInput : TextInput
          return (
            <Field
              key={name}
              label={<Data>{name}</Data>}
              description={description === undefined ? undefined : <Data>{description}</Data>}
              value={values[name] ?? ''}
              onChange={(event) => onChange({ ...values, [name]: event.currentTarget.value })}
              autoComplete="off"
            />
          )
        })}
      </Stack>
    </Fieldset>
  )
}
