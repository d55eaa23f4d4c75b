import { Radio, Stack } from '@mantine/core'
import type { CatalogView } from '../../src/catalogs/schema.ts'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { EntitiesPicker } from '../ui/EntityPicker.tsx'
import { NameAndSlug } from '../ui/NameAndSlug.tsx'
import { fieldError } from '../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type CatalogValues = {
  readonly name: string
  readonly slug: string
  readonly servers: readonly string[]
  readonly providers: readonly string[]
  readonly isForEveryone: boolean
  readonly teams: readonly string[]
  readonly members: readonly string[]
}

export const newCatalog: CatalogValues = {
  name: '',
  slug: '',
  servers: [],
  providers: [],
  isForEveryone: true,
  teams: [],
  members: [],
}

export const valuesOf = ({ name, slug, servers, providers, audience }: CatalogView): CatalogValues => ({
  name,
  slug,
  servers,
  providers,
  isForEveryone: audience.everyone,
  teams: audience.teams,
  members: audience.members,
})

/** What is chosen while the catalog is for everyone is kept in the form and not sent. */
export const bodyOf = ({ isForEveryone, teams, members, ...rest }: CatalogValues) => ({
  ...rest,
  audience: isForEveryone ? { everyone: true } : { everyone: false, teams, members },
})

type Props = {
  readonly values: CatalogValues
  readonly onChange: (values: CatalogValues) => void
  readonly refusal: Refusal | null
  readonly isNew?: boolean
}

export function CatalogForm({ values, onChange, refusal, isNew = false }: Props) {
  const put = (patch: Partial<CatalogValues>) => onChange({ ...values, ...patch })
  return (
    <>
      <NameAndSlug
        words={{ name: t('name'), namePlaceholder: t('namePlaceholder'), slug: t('slug'), slugHint: t('slugHint') }}
        values={values}
        onChange={put}
        refusal={refusal}
        isNew={isNew}
      />
      <EntitiesPicker
        path="/servers"
        label={t('servers')}
        description={t('serversHint')}
        value={values.servers}
        onChange={(servers) => put({ servers })}
        error={fieldError(refusal, '/servers')}
      />
      <EntitiesPicker
        path="/providers"
        label={t('providers')}
        value={values.providers}
        onChange={(providers) => put({ providers })}
        error={fieldError(refusal, '/providers')}
      />
      <AudienceFields values={values} put={put} refusal={refusal} />
    </>
  )
}

type AudienceProps = Pick<Props, 'values' | 'refusal'> & { readonly put: (patch: Partial<CatalogValues>) => void }

function AudienceFields({ values, put, refusal }: AudienceProps) {
  return (
    <Radio.Group
      label={t('audience')}
      value={values.isForEveryone ? 'everyone' : 'some'}
      onChange={(value) => put({ isForEveryone: value === 'everyone' })}
      error={fieldError(refusal, '/audience')}
    >
      <Stack gap="xs" mt="xs">
        <Radio value="everyone" label={t('everyone')} />
        <Radio value="some" label={t('some')} />
        {!values.isForEveryone && (
          <>
            <EntitiesPicker
              path="/teams"
              label={t('teams')}
              value={values.teams}
              onChange={(teams) => put({ teams })}
            />
            <EntitiesPicker
              path="/members"
              label={t('members')}
              value={values.members}
              onChange={(members) => put({ members })}
            />
          </>
        )}
      </Stack>
    </Radio.Group>
  )
}
