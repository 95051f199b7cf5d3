import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chooseEnvironment, hasConnection, talksToMicrosoft } from '../../../local/start/environment.ts';
import { keepIdentity } from '../../../local/start/identity.ts';
import { lockDirectory } from '../../../local/start/lock.ts';
import { systemRandom } from '../../../shared/random.ts';
import { parseSettings } from '../../../shared/settings/parse-settings.ts';

const chosen = {
  port: 7071,
  delivered: '/delivered',
  storageConnectionString: 'UseDevelopmentStorage=true',
  simulator: {
    loginUrl: 'http://127.0.0.1:1',
    managementUrl: 'http://127.0.0.1:1',
    authorityUrl: 'https://127.0.0.1:2',
    certificatePath: '/certificate.pem',
    identity: {
      clientId: '11111111-1111-4111-8111-111111111111',
      tenantId: '22222222-2222-4222-8222-222222222222',
      clientSecret: 'made up',
    },
  },
};

describe('the app’s environment', () => {
  it('is complete without anything given', () => {
    const settings = parseSettings(chooseEnvironment({}, chosen));
    expect(settings).toMatchObject({
      publicUrl: 'http://localhost:7071',
      cloud: 'custom',
      destinations: [{ name: 'local', type: 'file', path: '/delivered' }],
      entra: { clientId: chosen.simulator.identity.clientId, credential: { kind: 'secret' } },
    });
    expect(chooseEnvironment({}, chosen)['NODE_EXTRA_CA_CERTS']).toBe('/certificate.pem');
  });

  it('takes what is given before its own choice; empty is not given', () => {
    const given = {
      CUSTOM_MANAGEMENT_URL: 'http://127.0.0.1:9000',
      DESTINATIONS: 'soc',
      LIST_SCHEDULE: '',
      RelayStorage__queueServiceUri: 'https://q',
      NO_PROXY: 'intranet',
      PATH: '/bin',
    };
    const environment = chooseEnvironment(given, chosen);
    expect(environment).toMatchObject({
      CUSTOM_MANAGEMENT_URL: 'http://127.0.0.1:9000',
      CUSTOM_LOGIN_URL: 'http://127.0.0.1:1',
      DESTINATIONS: 'soc',
      LIST_SCHEDULE: '*/5 * * * * *',
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      NO_PROXY: 'intranet,localhost,127.0.0.1',
      PATH: '/bin',
    });
    expect(environment).not.toHaveProperty('RelayStorage');
    expect(environment).not.toHaveProperty('DESTINATION_LOCAL_PATH');
    expect(hasConnection(given, 'RelayStorage')).toBe(true);
    expect(hasConnection(given, 'AzureWebJobsStorage')).toBe(false);
  });

  it('names no operator and no cloud where real administrators would see them', () => {
    const environment = chooseEnvironment({ ENTRA_CLIENT_ID: 'x' }, { ...chosen, simulator: undefined });
    expect(environment).not.toHaveProperty('OPERATOR_NAME');
    expect(environment).not.toHaveProperty('CLOUD');
    expect(environment).not.toHaveProperty('NODE_EXTRA_CA_CERTS');
    expect(talksToMicrosoft({ ENTRA_CLIENT_ID: 'x' })).toBe(true);
    expect(talksToMicrosoft({ ENTRA_CLIENT_ID: 'x', CLOUD: 'custom' })).toBe(false);
    expect(talksToMicrosoft({})).toBe(false);
  });
});

describe('the folder of a start', () => {
  it('belongs to one process at a time, and to the next once that has ended', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lock-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const release = await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow(
      `Process ${process.pid} runs on ${directory} already; stop it first`,
    );
    await release();
    const ended = spawnSync(process.execPath, ['--version']).pid;
    await writeFile(join(directory, 'lock'), String(ended));
    await (
      await lockDirectory(directory)
    )();
    await writeFile(join(directory, 'lock'), 'torn');
    await (
      await lockDirectory(directory)
    )();
  });
});

describe('the made-up registration', () => {
  it('is the same after a restart, and its damage is named', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'identity-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const path = join(directory, 'identity.json');
    const first = await keepIdentity(path, systemRandom);
    expect(await keepIdentity(path, systemRandom)).toEqual(first);
    expect(await readFile(path, 'utf8')).toContain(first.clientId);
    await writeFile(path, '{}');
    await expect(keepIdentity(path, systemRandom)).rejects.toThrow('is damaged; remove it, or start with --fresh.');
  });
});
