import { Checkbox, Group } from '@mantine/core'
import { translator } from '../../texts.ts'
import { usePolicy } from './Editing.ts'
import { NumberField } from './NumberField.tsx'
import { texts } from './texts.data.ts'
import { WordField } from './WordField.tsx'

const t = translator(texts)

const roles = ['owner', 'admin', 'member', 'auditor'] as const

export function SignInRules() {
  const second = usePolicy('secondFactorRoles')
  const password = usePolicy('passwordSignIn')
  const idle = usePolicy('sessionIdleMinutes')
  const most = usePolicy('sessionMaxHours')
  return (
    <>
      <Checkbox.Group
        label={t('secondFactorRoles')}
        description={t('secondFactorRolesHint')}
        value={second.value}
        onChange={(said) => second.set(roles.filter((role) => said.includes(role)))}
        error={second.error}
      >
        <Group mt="xs">
          {roles.map((role) => (
            <Checkbox key={role} value={role} label={t(role)} />
          ))}
        </Group>
      </Checkbox.Group>
      <WordField
        label={t('passwordSignIn')}
        description={t('passwordSignInHint')}
        words={['on', 'off'] as const}
        textOf={t}
        value={password.value}
        onChange={password.set}
        error={password.error}
      />
      <NumberField
        label={t('sessionIdleMinutes')}
        description={t('sessionIdleMinutesHint')}
        min={5}
        max={43_200}
        value={idle.value}
        onChange={idle.set}
        error={idle.error}
      />
      <NumberField
        label={t('sessionMaxHours')}
        description={t('sessionMaxHoursHint')}
        min={1}
        max={2160}
        value={most.value}
        onChange={most.set}
        error={most.error}
      />
    </>
  )
}
