import { Group, Select } from '@mantine/core'
import { useMay } from '../../session/session.tsx'
import { EntityPicker } from '../../ui/EntityPicker.tsx'
import { t, useDesk } from './desk.ts'

const everyType = [
  { value: 'me', label: t('ownerMe') },
  { value: 'member', label: t('ownerMember') },
  { value: 'team', label: t('ownerTeam') },
  { value: 'app', label: t('ownerApp') },
] as const
const lists = { member: '/members', team: '/teams', app: '/apps' } as const

/** Whose the key is: one's own, and for others only where one may act for them. */
export function OwnerField() {
  const { form } = useDesk()
  const may = useMay()
  const { ownerType, ownerId } = form.values
  const types = everyType.filter(({ value }) => value !== 'member' || may('keys:write') === 'all')
  const setType = (said: string | null) => {
    const type = types.find(({ value }) => value === said)?.value ?? 'me'
    form.setValues({ ownerType: type, ownerId: null })
    form.clearFieldError('ownerId')
  }
  return (
    <Group align="flex-start" grow preventGrowOverflow={false}>
      <Select
        label={t('owner')}
        description={t('ownerHint')}
        data={types}
        value={ownerType}
        onChange={setType}
        allowDeselect={false}
        miw={200}
      />
      {ownerType !== 'me' && (
        <EntityPicker
          key={ownerType}
          path={lists[ownerType]}
          label={t(ownerType)}
          description={hints[ownerType]}
          placeholder={t('pick')}
          required
          value={ownerId}
          onChange={(id) => form.setFieldValue('ownerId', id)}
          error={form.errors['ownerId'] === undefined ? undefined : String(form.errors['ownerId'])}
        />
      )}
    </Group>
  )
}

const hints = { member: t('memberHint'), team: t('ownerHint'), app: t('appHint') }
