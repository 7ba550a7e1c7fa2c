"""Conversations with their numbered events, shifts, ratings, blocks, and hours that began with nobody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'


def upgrade() -> None:
    op.create_table('chat_absences',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('noticed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_chat_absences_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_absences')),
    sa.UniqueConstraint('site_id', 'opened_at', name=op.f('uq_chat_absences_site_id_opened_at'))
    )
    op.create_table('chat_blocks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('origin_hash', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_chat_blocks_site_id_sites'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['users.id'], name=op.f('fk_chat_blocks_staff_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_blocks'))
    )
    with op.batch_alter_table('chat_blocks', schema=None) as batch_op:
        batch_op.create_index('ix_chat_blocks_origin', ['site_id', 'origin_hash'], unique=False)

    op.create_table('chat_shift_notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('body', sa.String(length=500), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_chat_shift_notes_site_id_sites'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['users.id'], name=op.f('fk_chat_shift_notes_staff_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_shift_notes'))
    )
    with op.batch_alter_table('chat_shift_notes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_chat_shift_notes_site_id'), ['site_id'], unique=False)

    op.create_table('chat_shifts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('available', sa.Boolean(), nullable=False),
    sa.Column('most', sa.Integer(), nullable=False),
    sa.Column('checks', sa.JSON(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_chat_shifts_site_id_sites'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['users.id'], name=op.f('fk_chat_shifts_staff_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_shifts'))
    )
    with op.batch_alter_table('chat_shifts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_chat_shifts_site_id'), ['site_id'], unique=False)

    op.create_table('chat_conversations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=24), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('lang', sa.String(length=2), nullable=False),
    sa.Column('rules_version', sa.Integer(), nullable=False),
    sa.Column('notice_version', sa.Integer(), nullable=False),
    sa.Column('origin_hash', sa.String(length=64), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('person_seq', sa.Integer(), nullable=False),
    sa.Column('staff_seq', sa.Integer(), nullable=False),
    sa.Column('person_delivered', sa.Integer(), nullable=False),
    sa.Column('person_read', sa.Integer(), nullable=False),
    sa.Column('staff_delivered', sa.Integer(), nullable=False),
    sa.Column('staff_read', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('assigned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('first_answer_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('person_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('staff_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_reason', sa.String(length=12), nullable=False),
    sa.Column('warned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('satisfied', sa.String(length=6), nullable=False),
    sa.Column('task', sa.String(length=4), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("satisfied IN ('', 'asked', 'yes', 'no')", name=op.f('ck_chat_conversations_satisfied')),
    sa.CheckConstraint("state IN ('waiting', 'open', 'ended')", name=op.f('ck_chat_conversations_state')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_chat_conversations_case_id_cases')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_chat_conversations_office_id_offices')),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_chat_conversations_site_id_sites'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['users.id'], name=op.f('fk_chat_conversations_staff_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_conversations')),
    sa.UniqueConstraint('key', name=op.f('uq_chat_conversations_key'))
    )
    with op.batch_alter_table('chat_conversations', schema=None) as batch_op:
        batch_op.create_index('ix_chat_conversations_desk', ['site_id', 'state', 'started_at'], unique=False)
        batch_op.create_index('ix_chat_conversations_task', ['site_id', 'task'], unique=False)

    op.create_table('chat_messages',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(length=64), nullable=True),
    sa.Column('author', sa.String(length=6), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('private', sa.Boolean(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['chat_conversations.id'], name=op.f('fk_chat_messages_conversation_id_chat_conversations'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['users.id'], name=op.f('fk_chat_messages_staff_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_messages')),
    sa.UniqueConstraint('conversation_id', 'client_id', name=op.f('uq_chat_messages_conversation_id_client_id')),
    sa.UniqueConstraint('conversation_id', 'seq', name=op.f('uq_chat_messages_conversation_id_seq'))
    )
    op.create_table('chat_ratings',
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('kindness', sa.Integer(), nullable=False),
    sa.Column('quality', sa.Integer(), nullable=False),
    sa.Column('timeliness', sa.Integer(), nullable=False),
    sa.Column('competence', sa.Integer(), nullable=False),
    sa.Column('comment', sa.String(length=1000), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('competence BETWEEN 1 AND 5', name=op.f('ck_chat_ratings_competence')),
    sa.CheckConstraint('kindness BETWEEN 1 AND 5', name=op.f('ck_chat_ratings_kindness')),
    sa.CheckConstraint('quality BETWEEN 1 AND 5', name=op.f('ck_chat_ratings_quality')),
    sa.CheckConstraint('timeliness BETWEEN 1 AND 5', name=op.f('ck_chat_ratings_timeliness')),
    sa.ForeignKeyConstraint(['conversation_id'], ['chat_conversations.id'], name=op.f('fk_chat_ratings_conversation_id_chat_conversations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('conversation_id', name=op.f('pk_chat_ratings'))
    )


def downgrade() -> None:
    op.drop_table('chat_ratings')
    op.drop_table('chat_messages')
    with op.batch_alter_table('chat_conversations', schema=None) as batch_op:
        batch_op.drop_index('ix_chat_conversations_task')
        batch_op.drop_index('ix_chat_conversations_desk')

    op.drop_table('chat_conversations')
    with op.batch_alter_table('chat_shifts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_chat_shifts_site_id'))

    op.drop_table('chat_shifts')
    with op.batch_alter_table('chat_shift_notes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_chat_shift_notes_site_id'))

    op.drop_table('chat_shift_notes')
    with op.batch_alter_table('chat_blocks', schema=None) as batch_op:
        batch_op.drop_index('ix_chat_blocks_origin')

    op.drop_table('chat_blocks')
    op.drop_table('chat_absences')
