#!/usr/bin/env node
// Plain old syntax on purpose: this must run, and speak, on any Node that npm may start it with.
import { spawn, spawnSync } from 'child_process'
import { existsSync } from 'fs'
import { constants } from 'os'
import { dirname, join } from 'path'
import { fileURLToPath } from 'url'

var root = join(dirname(fileURLToPath(import.meta.url)), '..')
var main = join(root, 'src', 'main.ts')

var node = join(root, 'node_modules', '.bin', 'node')

if (major(process.versions.node) >= 24) import('../src/main.ts').catch(explain)
else if (isNewEnough(node)) handOver(node)
else stop('Node 24 or newer is needed and none was found; install it from https://nodejs.org/en/download.')

function stop(sentence) {
  console.error(`ostiary: ${sentence}`)
  process.exit(1)
}

function explain(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  stop(`A package is missing; run "npm ci --ignore-scripts" in ${root}.`)
}

function major(version) {
  return Number(version.split('.')[0])
}

function isNewEnough(file) {
  if (!existsSync(file)) return false
  var answer = spawnSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' })
  return answer.status === 0 && major(answer.stdout) >= 24
}

function handOver(file) {
  var args = [main].concat(process.argv.slice(2))
  // From 22.15 on this process can become the other one: no signal to pass on, nobody in between.
  if (process.execve) process.execve(file, [file].concat(args), process.env)
  var child = spawn(file, args, { stdio: 'inherit' })
  ;['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal)
    })
  })
  child.on('error', function (error) {
    stop(`${file} cannot be started (${error.message}).`)
  })
  child.on('exit', function (code, signal) {
    process.exit(signal ? 128 + constants.signals[signal] : code)
  })
}
