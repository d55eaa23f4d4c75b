import { Checkbox, Group, NumberInput, Stack, Switch } from '@mantine/core'
import { useState } from 'react'
import type { Policies, PoliciesPatch } from '../../../src/people/policies/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { roles } from '../roles.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly policies: Policies; readonly onClose: () => void }

/** What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile. */
export function EditSignIn({ policies, onClose }: Props) {
  const [{ passwordSignIn, secondFactorRoles, sessionIdleMinutes, sessionMaxHours, revision }] = useState(policies)
  const [isOn, setOn] = useState(passwordSignIn === 'on')
  const [asked, setAsked] = useState<readonly string[]>(secondFactorRoles)
  const [times, setTimes] = useState<{ readonly idle: string | number; readonly max: string | number }>({
    idle: sessionIdleMinutes,
    max: sessionMaxHours,
  })
  const { change, isRunning, refusal } = useChange({
    run: (body: PoliciesPatch) => ask<unknown>('PATCH /policies', { body, revision }),
    refreshes: ['policies', 'organizations', 'sessions', 'me'],
    said: t('signInSaved'),
    done: onClose,
  })
  const save = () =>
    void change({
      passwordSignIn: isOn ? 'on' : 'off',
      secondFactorRoles: roles.filter((role) => asked.includes(role)),
      sessionIdleMinutes: times.idle === '' ? null : Number(times.idle),
      sessionMaxHours: times.max === '' ? null : Number(times.max),
    })
  return (
    <FormDialog
      title={t('signInTitle')}
      submit={t('save')}
      onClose={onClose}
      onSubmit={save}
      isRunning={isRunning}
      refusal={refusal}
    >
      <Switch
        label={t('allowPasswords')}
        description={t('allowPasswordsHint')}
        checked={isOn}
        onChange={(event) => setOn(event.currentTarget.checked)}
        error={fieldError(refusal, '/passwordSignIn')}
      />
      <Checkbox.Group
        label={t('factorRolesField')}
        description={t('factorRolesHint')}
        value={[...asked]}
        onChange={setAsked}
        error={fieldError(refusal, '/secondFactorRoles')}
      >
        <Group gap="md" mt="xs">
          {roles.map((role) => (
            <Checkbox key={role} value={role} label={t(role)} />
          ))}
        </Group>
      </Checkbox.Group>
      <Stack gap="md">
        <NumberInput
          label={t('idleField')}
          description={t('strictEnds')}
          value={times.idle}
          onChange={(idle) => setTimes({ ...times, idle })}
          error={fieldError(refusal, '/sessionIdleMinutes')}
          min={5}
          max={43_200}
          allowDecimal={false}
          hideControls
        />
        <NumberInput
          label={t('maxHoursField')}
          value={times.max}
          onChange={(max) => setTimes({ ...times, max })}
          error={fieldError(refusal, '/sessionMaxHours')}
          min={1}
          max={2160}
          allowDecimal={false}
          hideControls
        />
      </Stack>
    </FormDialog>
  )
}
