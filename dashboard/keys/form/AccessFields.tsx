import { Alert, Radio, Stack, Textarea } from '@mantine/core'
import { t, useDesk } from './desk.ts'
import { NamesField } from './NamesField.tsx'
import type { KeyValues } from './values.ts'

const modes = ['all', 'none', 'only', 'except'] as const
const words = {
  all: t('accessAll'),
  none: t('accessNone'),
  only: t('accessOnly'),
  except: t('accessExcept'),
} as const

/** All, none or a list; nothing is chosen before somebody has chosen it (B15). */
export function AccessFields() {
  const { form } = useDesk()
  const { access } = form.values
  const count = useOpenServers()
  const hints = {
    all: isOwn(form.values) ? t('accessAllHint', { n: count }) : t('accessAllOther', { n: count }),
    none: t('accessNoneHint'),
    only: t('accessOnlyHint'),
    except: t('accessExceptHint'),
  } as const
  return (
    <Stack gap="md">
      <Radio.Group
        label={t('access')}
        required
        value={access}
        onChange={(said) => form.setFieldValue('access', modes.find((mode) => mode === said) ?? null)}
        error={form.errors['access']}
        data-faulty={form.errors['access'] ? true : undefined}
      >
        <Stack gap="xs" mt={6}>
          {modes.map((mode) => (
            <Radio key={mode} value={mode} label={words[mode]} description={hints[mode]} />
          ))}
        </Stack>
      </Radio.Group>
      {access === 'only' && <ServersField name="allowed" />}
      {access === 'except' && <ServersField name="denied" />}
      {(access === 'all' || access === 'except') && <AllServersNote />}
    </Stack>
  )
}

const isOwn = ({ ownerType }: KeyValues): boolean => ownerType === 'me'

/** How many servers of the key's projects there are now; of one's own key those that one may use. */
function useOpenServers(): number {
  const { form, offers, present } = useDesk()
  return present.filter(({ id }) => !isOwn(form.values) || offers.mine.has(id)).length
}

function ServersField({ name }: { readonly name: 'allowed' | 'denied' }) {
  const { form, offers, refs } = useDesk()
  const { [name]: chosen } = form.values
  return (
    <Stack gap="xs">
      <NamesField
        label={t(name)}
        options={offers.servers.map((server) => ({ value: server.id, label: server.name, also: server.slug }))}
        value={chosen}
        onChange={(list) => form.setFieldValue(name, list)}
        nameOf={(id) => refs[id]?.name}
        error={form.errors[name]}
      />
      {name === 'allowed' && chosen.length === 0 && <Alert color="yellow">{t('noneAllowed')}</Alert>}
    </Stack>
  )
}

/** What the policy of the organization says about "all servers", before it refuses. */
function AllServersNote() {
  const { form, rules } = useDesk()
  if (rules.allServers === 'refused') return <Alert color="yellow">{t('allServersRefused')}</Alert>
  if (rules.allServers === 'allowed' && form.values.allServersReason === '') return null
  return (
    <Textarea
      label={t('allServersReason')}
      description={t('allServersHint')}
      rows={2}
      translate="no"
      maxLength={2000}
      required={rules.allServers === 'with-reason'}
      {...form.getInputProps('allServersReason')}
    />
  )
}
