package chat.samara.mls.group;

import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Every {@link Secret} that can be reached from an object through fields of this library's, and through collections. */
final class ReachableSecrets {
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Secret> secrets = Collections.newSetFromMap(new IdentityHashMap<>());

    private ReachableSecrets() {}

    /** What the group holds; not what the caller lent it: the signature key, and what the environment has. */
    static Set<Secret> of(Group group) {
        ReachableSecrets walk = new ReachableSecrets();
        walk.visit(group);
        return walk.secrets;
    }

    private void visit(Object at) {
        if (at == null
                || at instanceof SignatureKeyPair
                || at instanceof GroupEnvironment
                || at instanceof Enum
                || !seen.add(at)) {
            return;
        }
        if (at instanceof Secret secret) {
            secrets.add(secret);
        } else if (at instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                visit(key);
                visit(value);
            });
        } else if (at instanceof Collection<?> items) {
            items.forEach(this::visit);
        } else if (at instanceof Optional<?> optional) {
            optional.ifPresent(this::visit);
        } else if (at.getClass().getName().startsWith("chat.samara.mls.")
                && !at.getClass().isHidden()) {
            for (Class<?> type = at.getClass(); type != Object.class; type = type.getSuperclass()) {
                for (Field field : type.getDeclaredFields()) {
                    visitField(at, field);
                }
            }
        }
    }

    private void visitField(Object at, Field field) {
        if (Modifier.isStatic(field.getModifiers())
                || field.getType().isPrimitive()
                || field.getType().isArray()) {
            return;
        }
        try {
            field.setAccessible(true);
            visit(field.get(at));
        } catch (IllegalAccessException e) {
            throw new AssertionError(field + " of a class of this library's", e);
        }
    }
}
