package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.crypto.RandomSource;
import java.time.InstantSource;
import java.util.function.Predicate;

/**
 * What a group needs from outside. With a seeded source of randomness and a fixed clock, a group does the same every time.
 *
 * @param authentication judges credentials
 * @param random makes keys, nonces and reuse guards
 * @param clock tells whether a KeyPackage that is about to be added is within its lifetime; nothing else depends on it
 * @param preSharedKeys what commits and Welcomes may name (RFC 9420 §8.4)
 * @param isOwnGroup whether the client takes part in a group of that id already: then it joins no other (RFC 9420 §12.4.3)
 */
public record GroupEnvironment(
        AuthenticationService authentication,
        RandomSource random,
        InstantSource clock,
        PreSharedKeys preSharedKeys,
        Predicate<Bytes> isOwnGroup) {
    /** For an application that sees to it by itself that it joins no group twice. */
    public GroupEnvironment(
            AuthenticationService authentication,
            RandomSource random,
            InstantSource clock,
            PreSharedKeys preSharedKeys) {
        this(authentication, random, clock, preSharedKeys, groupId -> false);
    }

    /** As the other, for an application that holds no pre-shared keys. */
    public GroupEnvironment(AuthenticationService authentication, RandomSource random, InstantSource clock) {
        this(authentication, random, clock, PreSharedKeys.NONE);
    }

    /** The same with these pre-shared keys. */
    public GroupEnvironment withPreSharedKeys(PreSharedKeys keys) {
        return new GroupEnvironment(authentication, random, clock, keys, isOwnGroup);
    }

    /** The same for a client that takes part in these groups. */
    public GroupEnvironment withOwnGroups(Predicate<Bytes> groups) {
        return new GroupEnvironment(authentication, random, clock, preSharedKeys, groups);
    }

    /** Refuses to join a group of an id that the client's groups have already, with {@link MlsError#GROUP_EXISTS}. */
    void requireNewGroup(Bytes groupId) throws MlsException {
        if (isOwnGroup.test(groupId)) {
            throw new MlsException(
                    MlsError.GROUP_EXISTS, "group " + groupId + ", expected one that the client is not in");
        }
    }
}
