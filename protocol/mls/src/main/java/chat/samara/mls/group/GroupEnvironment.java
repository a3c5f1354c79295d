package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import java.time.InstantSource;
import java.util.List;
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
    private static final long LEAF_HEAD_START_SECONDS = 3600;
    private static final long LEAF_LIFETIME_SECONDS = 90L * 24 * 3600;

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

    /** With secure randomness and the system's clock. */
    public static GroupEnvironment of(AuthenticationService authentication) {
        return new GroupEnvironment(authentication, RandomSource.secure(), InstantSource.system());
    }

    /** A lifetime for leaves that are made now: from an hour ago, for clocks that are slow, to 90 days ahead. */
    public Lifetime leafLifetime() {
        long now = clock.instant().getEpochSecond();
        return new Lifetime(now - LEAF_HEAD_START_SECONDS, now + LEAF_LIFETIME_SECONDS);
    }

    /**
     * A KeyPackage of a client that supports what this library does by itself, with a {@link #leafLifetime}. {@link
     * KeyPackageBundle#generate} leaves more to choose.
     */
    public KeyPackageBundle newKeyPackage(CipherSuite suite, SignatureKeyPair signer, Credential credential) {
        Capabilities capabilities = Capabilities.of(List.of(), List.of(credential.type()));
        return KeyPackageBundle.generate(
                suite, signer, credential, capabilities, leafLifetime(), List.of(), List.of(), random);
    }

    /** The same with these pre-shared keys. */
    public GroupEnvironment withPreSharedKeys(PreSharedKeys keys) {
        return new GroupEnvironment(authentication, random, clock, keys, isOwnGroup);
    }

    /** The same for a client that takes part in these groups. */
    public GroupEnvironment withOwnGroups(Predicate<Bytes> groups) {
        return new GroupEnvironment(authentication, random, clock, preSharedKeys, groups);
    }

    long nowEpochSeconds() {
        return clock.instant().getEpochSecond();
    }

    /** Refuses to join a group of an id that the client's groups have already, with {@link MlsError#GROUP_EXISTS}. */
    void requireNewGroup(Bytes groupId) throws MlsException {
        if (isOwnGroup.test(groupId)) {
            throw new MlsException(
                    MlsError.GROUP_EXISTS, "group " + groupId + ", expected one that the client is not in");
        }
    }
}
