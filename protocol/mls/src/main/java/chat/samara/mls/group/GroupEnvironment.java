package chat.samara.mls.group;

import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.crypto.RandomSource;
import java.time.InstantSource;

/**
 * What a group needs from outside. With a seeded source of randomness and a fixed clock, a group does the same every time.
 *
 * @param authentication judges credentials
 * @param random makes keys, nonces and reuse guards
 * @param clock tells whether a KeyPackage that is about to be added is within its lifetime; nothing else depends on it
 */
public record GroupEnvironment(AuthenticationService authentication, RandomSource random, InstantSource clock) {}
