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
 * @param preSharedKeys what commits and Welcomes may name (RFC 9420 §8.4)
 */
public record GroupEnvironment(
        AuthenticationService authentication, RandomSource random, InstantSource clock, PreSharedKeys preSharedKeys) {
    /** For an application that holds no pre-shared keys. */
    public GroupEnvironment(AuthenticationService authentication, RandomSource random, InstantSource clock) {
        this(authentication, random, clock, PreSharedKeys.NONE);
    }

    /** The same with these pre-shared keys. */
    public GroupEnvironment withPreSharedKeys(PreSharedKeys keys) {
        return new GroupEnvironment(authentication, random, clock, keys);
    }
}
