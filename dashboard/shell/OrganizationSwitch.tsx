import { Select } from '@mantine/core'
import { forgetOrganization, pickOrganization } from '../api.ts'
import { useSession } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const elsewhere = 'elsewhere'

/** The organizations that this browser is signed in to; another one begins anew, so that nothing of this one stays. */
export function OrganizationSwitch() {
  const { session } = useSession()
  const { organization, others } = session
  const go = (id: string | null) => {
    if (id === null || id === organization.id) return
    if (id === elsewhere) {
      // The one that is signed in to next is the one that is meant.
      forgetOrganization()
      return location.assign('/sign-in?returnTo=/dashboard/')
    }
    pickOrganization(id)
    location.assign('/dashboard/')
  }
  const data = [
    ...[organization, ...others].map(({ id, name }) => ({ value: id, label: name })),
    { value: elsewhere, label: t('otherSignIn') },
  ]
  return (
    <Select
      aria-label={t('organization')}
      size="sm"
      mb="xs"
      allowDeselect={false}
      data={data}
      value={organization.id}
      onChange={go}
      renderOption={({ option }) =>
        option.value === elsewhere ? option.label : <span translate="no">{option.label}</span>
      }
      translate="no"
    />
  )
}
